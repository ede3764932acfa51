"""One table whose job does in an attempt whatever a test wants it to do."""

import json
import os
import signal
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg

from assets_tests.checkout import Checkout, failure
from seniorlink_assets.landing import landing_set
from seniorlink_assets.launchers.base import Handle, Launcher, Order, State, Submitted
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.process import ProcessLauncher
from spark.contract import LandingColumn

NOTES = landing_set(
    "trial/notes",
    description="Notes.",
    format="csv",
    columns=[LandingColumn("note_id", "The note."), LandingColumn("noted_on", "Its day.")],
    owners=["team:x"],
)
DECLARATION = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

notes = redshift_table(
    "trial/notes",
    description="One row per note.",
    columns=[Column("note_id", "bigint", "The note."), Column("noted_on", "date", "Its day.")],
    primary_key=["note_id"],
    partition_by="noted_on",
    inputs=[landed],
    owners=["team:x"],
)
"""
JOB = """
from pathlib import Path

DEED = Path(__file__).with_name("deed.txt")
JVM = Path(__file__).with_name("jvm.txt")

def notes(notes):
    jvm = notes.sparkSession._jvm.java.lang.ProcessHandle.current().pid()
    JVM.write_text(str(jvm))
    exec(DEED.read_text(), {"notes": notes})
    return notes
"""
WAITING = """
import threading
from pathlib import Path
Path("waiting").touch()
threading.Event().wait()
"""
DEEDS = {
    "succeeds": "",
    "raises": "raise LookupError('there is no mood')",
    "leaves things behind": """
import os, subprocess, threading
print("said by the job")
subprocess.Popen(["sleep", "600"])
os.system("sleep 600 &")
threading.Thread(target=threading.Event().wait).start()
os.chdir("/")
os.environ.clear()
""",
    "kills its driver": "import os; os.kill(os.getpid(), 9)",
    "kills its JVM": """
import os
os.kill(notes.sparkSession._jvm.java.lang.ProcessHandle.current().pid(), 9)
notes.count()
""",
    "kills its group": "import os; os.killpg(0, 9)",
    "leaves without a word": "import os; os._exit(0)",
    "fills its memory": """
notes.sparkSession.range(1).selectExpr("size(sequence(id, id + 300000000))").collect()
""",
    "is interrupted": WAITING,
    "takes too long": WAITING,
}
SECONDS = {"takes too long": 5.0}
"""How long a job may take, where that is short."""


class Watched(ProcessLauncher):
    """Remembers the last handle, and interrupts this process once the job says it waits.

    Where the job has a number of `seconds`, it is left to that.
    """

    seconds: float | None
    seen: dict[str, Any]

    @classmethod
    def of(cls, launcher: ProcessLauncher, seconds: float | None) -> "Watched":
        watched: Any = copy(launcher)
        watched.__class__ = type("WatchedLauncher", (cls, type(launcher)), {})
        watched.seconds, watched.seen = seconds, {}
        return watched

    def run(self, context: dg.AssetExecutionContext, order: Order, submitted: Submitted) -> None:
        super().run(context, replace(order, seconds=self.seconds), submitted)

    def submit(self, order: Order, environment: Mapping[str, str]) -> Handle:
        self.seen["handle"] = super().submit(order, environment)
        return self.seen["handle"]

    def state(self, papers: Papers, handle: Handle) -> State:
        waits = self.seconds is None and (papers.folder / "waiting").exists()
        if waits and "asked" not in self.seen:
            self.seen["asked"] = ask_elsewhere(papers, handle)
            os.kill(os.getpid(), signal.SIGINT)
        return super().state(papers, handle)


def ask_elsewhere(papers: Papers, handle: Handle) -> State:
    """What a launcher that did not start the job says of it."""
    return LocalLauncher("512m", cores=1).state(papers, json.loads(json.dumps(handle)))


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt at one day. `folder` has the job's papers."""

    day: str
    result: dg.ExecuteInProcessResult | None
    folder: Path
    messages: list[str]
    jvm: int
    seen: Mapping[str, Any]

    @property
    def failure(self) -> str:
        assert self.result is not None
        return failure(self.result)

    @property
    def group(self) -> int:
        return self.seen["handle"]["pid"]


class Attempts:
    """Attempts by the name of their deed, each at a day of its own and only when asked for."""

    def __init__(self, folder: Path, launcher: Launcher) -> None:
        self.checkout = Checkout.at(folder, launcher)
        self.checkout.write_job("trial/notes", JOB)
        self.table = self.checkout.declare("trial/notes", DECLARATION, landed=NOTES)
        self._made: dict[str, Attempt] = {}

    def __getitem__(self, deed: str) -> Attempt:
        if deed not in self._made:
            day = f"2025-01-{[*DEEDS].index(deed) + 2:02}"
            note = f"note_id,noted_on\n{len(self._made)},{day}\n"
            self.checkout.land("trial/notes", day, notes_csv=note)
            self._made[deed] = self.attempt(deed, day)
        return self._made[deed]

    def attempt(self, deed: str, day: str) -> Attempt:
        checkout = self.checkout
        launcher = checkout.environment.launcher
        if isinstance(launcher, ProcessLauncher):
            launcher = Watched.of(launcher, SECONDS.get(deed))
        (checkout.root / "spark/trial/deed.txt").write_text(DEEDS[deed])
        jobs = checkout.home / "lake" / "jobs" / "trial/notes"
        before = {*jobs.glob("*")}
        result = None
        try:
            result = checkout.using(launcher).materialize(NOTES, self.table, days=day)
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
            assert deed == "is interrupted"
        (folder,) = {*jobs.glob("*")} - before
        logs = checkout.instance.all_logs(result.run_id) if result else []
        return Attempt(
            day=day,
            result=result,
            folder=folder,
            messages=[entry.user_message for entry in logs],
            jvm=int((checkout.root / "spark/trial/jvm.txt").read_text()),
            seen=launcher.seen if isinstance(launcher, Watched) else {},
        )

    def published(self) -> list[str]:
        """The days that readers see."""
        contract = "trial.notes"
        if not (self.checkout.home / "warehouse.duckdb").exists():
            return []
        rows = self.checkout.environment.warehouse.query(
            f"SELECT noted_on::VARCHAR FROM {contract}"
        )
        return sorted(day for (day,) in rows)

    def committed(self, day: str) -> list[Path]:
        """The manifests in the lake of one day."""
        root = self.checkout.home / "lake"
        return [*(root / "snapshots/trial/notes" / day).glob("*/manifest.json")]
