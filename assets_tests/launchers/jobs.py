"""Jobs given straight to a launcher, whose transforms do what a test wants."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import duckdb
from dagster_pipes import encode_param

from assets_tests.checkout import Checkout
from assets_tests.launchers.papers_in import papers_in
from assets_tests.launchers.processes import becomes
from seniorlink_assets.launchers.base import Order, State
from seniorlink_assets.launchers.local import LocalLauncher
from spark.contract import WHOLE, Column, Contract, LandingColumn, LandingSet
from spark.contract.code import code_version
from spark.contract.job import Job, LandingInput

CONTRACT = Contract(
    key="trial/notes",
    kind="table",
    grain="One row per note.",
    columns=(Column("note_id", "bigint", "The note."),),
    primary_key=("note_id",),
)
NOTES = LandingSet("trial/notes", "csv", (LandingColumn("note_id", "The note."),))
JOB = """
import json
import os
from pathlib import Path

def notes(notes):
    spark, papers = notes.sparkSession, Path.cwd()
    found = {
        "driver": os.getpid(),
        "jvm": spark._jvm.java.lang.ProcessHandle.current().pid(),
        "application": spark.sparkContext.applicationId,
    }
    def note():
        (papers / "found.tmp").write_text(json.dumps(found))
        (papers / "found.tmp").rename(papers / "found.json")
    note()
    names = {"spark": spark, "jvm": spark._jvm, "found": found, "note": note, "papers": papers}
    exec((papers / "deed.py").read_text(), names)
    note()
    return notes
"""
WAITS = """
import time
latest = time.monotonic() + 120
while not (papers / "goes on").exists() and time.monotonic() < latest:
    time.sleep(0.02)
"""


@dataclass(frozen=True)
class Started:
    """A job that was given to a launcher."""

    launcher: LocalLauncher
    order: Order
    handle: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        return self.order.papers.folder

    @property
    def found(self) -> dict[str, Any]:
        """What the job wrote down: its own and its JVM's process, and what its deed found."""
        return json.loads((self.folder / "found.json").read_text())

    def begins(self) -> dict[str, Any]:
        """What the job wrote down when its transform began, which it soon does."""
        assert becomes((self.folder / "found.json").exists)
        return self.found

    @property
    def rows(self) -> list[int]:
        """The rows that the job committed; none if it did not."""
        manifest = Path(self.order.job.lake, self.order.job.manifests[WHOLE], "manifest.json")
        if not manifest.exists():
            return []
        files = [
            str(Path(self.order.job.lake, file["path"]))
            for file in json.loads(manifest.read_text())["files"]
        ]
        with duckdb.connect() as reader:
            rows = reader.execute("SELECT note_id FROM read_parquet(?) ORDER BY 1", [files])
            return [note for (note,) in rows.fetchall()]

    def end(self) -> State:
        """How the job ended, once it has."""
        assert becomes(lambda: self._state().phase != "running")
        return self._state()

    def _state(self) -> State:
        return self.launcher.state(self.order.papers, self.handle)

    def go_on(self) -> None:
        """Ends the waiting of a job that WAITS."""
        (self.folder / "goes on").touch()


@dataclass
class Jobs:
    """A checkout with one small table, and a launcher that computes it as often as it is asked."""

    folder: Path
    launcher: LocalLauncher
    checkout: Checkout = field(init=False)

    def __post_init__(self) -> None:
        self.checkout = Checkout.at(self.folder, self.launcher)
        self.checkout.write_job("trial/notes", JOB)
        self.checkout.land("trial/notes", "2025-01-02", notes_csv="note_id\n1\n2\n3\n")

    def start(self, deed: str = "", **environment: str) -> Started:
        """Has a job started whose transform does `deed`."""
        order = self.order(deed)
        told = {
            "asset_keys": None,
            "code_version_by_asset_key": None,
            "provenance_by_asset_key": None,
            "partition_key": None,
            "partition_key_range": None,
            "partition_time_window": None,
            "run_id": order.job.attempt,
            "job_name": None,
            "retry_number": 0,
            "extras": {"job": order.job.to_json(), "folder": str(order.papers.folder)},
        }
        messages = {"path": str(order.papers.folder / "messages.jsonl")}
        variables = {
            "DAGSTER_PIPES_CONTEXT": encode_param({"data": told}),
            "DAGSTER_PIPES_MESSAGES": encode_param(messages),
            **environment,
        }
        return Started(self.launcher, order, self.launcher.submit(order, variables))

    def run(self, deed: str = "", *, succeeds: bool = True) -> Started:
        """Has a job run to its end, which is a good one if it `succeeds`."""
        started = self.start(deed)
        state = started.end()
        assert state.phase == "succeeded" or not succeeds, state.reason
        return started

    def order(self, deed: str) -> Order:
        attempt = secrets.token_hex(6)
        place = f"snapshots/trial/notes/all/{attempt}"
        spark = self.checkout.root / "spark"
        job = Job(
            attempt=attempt,
            contract=CONTRACT,
            code_version=code_version(spark, spark / "trial" / "notes.py"),
            lake=str(self.checkout.home / "lake"),
            data=place,
            fingerprints={WHOLE: attempt},
            manifests={WHOLE: place},
            inputs={"notes": LandingInput(NOTES, {"2025-01-02": (str(self._landed),)})},
        )
        folder = self.checkout.home / "jobs" / attempt
        folder.mkdir(mode=0o700, parents=True)
        (folder / "deed.py").write_text(dedent(deed))
        return Order(self.launcher.prepare(job, 0), self.checkout.root, papers_in(folder))

    @property
    def _landed(self) -> Path:
        return self.checkout.home / "landing/trial/notes/2025-01-02/notes.csv"
