"""A home of the drills' company: its commands, its processes, and who is held where."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import dagster as dg
from dagster import DagsterInstance

from assets_tests.drills.company import CHAIN, DAYS, WARD
from assets_tests.launchers.processes import becomes, ends
from seniorlink_assets.lake import Lake
from seniorlink_assets.ledger import Ledger
from seniorlink_assets.storage.disk import DiskStorage
from seniorlink_assets.warehouses.duckdb_session import DuckDBFile

SETS = {"pulses": WARD, "gauges": CHAIN}
"""The landing sets, and what becomes stale when one changes."""

_COUNTED = re.compile(r"^recovered: (\d+) spark jobs, (\d+) minimum", re.MULTILINE)


@dataclass(frozen=True)
class Held:
    """A process that waits at a point; `jvm` is the one it uses, if it is a driver."""

    pid: int
    jvm: int


@dataclass
class DrillHome:
    """`kills` counts the processes that were killed on purpose; between drills it is at rest."""

    folder: Path
    checkout: Path
    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SETS, 0))
    kills: int = 0
    is_at_rest: bool = True
    commands: list[subprocess.Popen] = field(default_factory=list)

    @cached_property
    def lake(self) -> Lake:
        return Lake(DiskStorage(self.folder / "lake"))

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(DiskStorage(self.folder / "lake"))

    @cached_property
    def warehouse(self) -> DuckDBFile:
        return DuckDBFile(self.folder / "warehouse.duckdb", "1GB", 1, patience=60)

    @cached_property
    def dagster(self) -> DagsterInstance:
        return DagsterInstance.from_config(str(self.folder / "dagster"))

    @property
    def variables(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(self.checkout),
            "SENIORLINK_HOME": str(self.folder),
            "DAGSTER_HOME": str(self.folder / "dagster"),
            "SENIORLINK_JOBS": "2",
            "SENIORLINK_JOB_CORES": "1",
            "SENIORLINK_JOB_MEMORY": "512m",
        }

    def start(self, *words: str, **settings: str) -> subprocess.Popen:
        """Starts `python -m` these words; what it says goes to a file, for a killed one leaves its
        children with its pipes.
        """
        said = self.folder.parent / "said" / f"{len(self.commands)}.txt"
        said.parent.mkdir(exist_ok=True)
        with said.open("w") as stream:
            command = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=self.checkout,
                env={**self.variables, **settings},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        self.commands.append(command)
        return command

    def said(self, command: subprocess.Popen) -> str:
        number = self.commands.index(command)
        return (self.folder.parent / "said" / f"{number}.txt").read_text()

    def start_recovery(self, **settings: str) -> subprocess.Popen:
        return self.start("seniorlink_assets.cli", "recover", **settings)

    def recover(self) -> None:
        """Has everything brought up to date, which must succeed with as few jobs as possible."""
        command = self.start_recovery()
        assert command.wait() == 0, self.said(command)
        jobs, least = _COUNTED.findall(self.said(command))[0]
        assert jobs == least, self.said(command)

    def land(self, name: str, days: Sequence[str] = DAYS[:1]) -> int:
        """Lands a new version of some days of a set; returns its number."""
        self.versions[name] += 1
        for day in days:
            folder = self.folder / "landing" / "drill" / name / day
            folder.mkdir(parents=True, exist_ok=True)
            text = f"day,version\n{day},{self.versions[name]}\n"
            (folder / "one.csv").write_text(text, encoding="utf-8")
        return self.versions[name]

    def hold(self, points: Mapping[str, str]) -> None:
        """From now on, a process that comes to the point that is named for a key waits there."""
        for said in (self.checkout / "held").glob("[0-9]*.json"):
            if not Path(f"/proc/{said.stem}").exists():  # it was ended by the platform
                said.unlink()
        (self.checkout / "held" / "points.json").write_text(json.dumps(points))

    def hold_nobody(self) -> None:
        """Those who wait go on waiting."""
        self.hold({})

    def held(self, *keys: str) -> Mapping[str, Held]:
        """Those who wait, by key, once they are all there."""
        found: dict[str, Held] = {}

        def are_all_there() -> bool:
            found.update(self._held())
            return set(keys) <= found.keys()

        assert becomes(are_all_there), (
            {*keys} - found.keys(),
            [self.said(command)[-2000:] for command in self.commands[-1:]],
        )
        return {key: found[key] for key in keys}

    def release(self, held: Held) -> None:
        """Lets a process go on."""
        fifo = self.checkout / "held" / f"{held.pid}.fifo"
        fifo.with_suffix(".json").unlink()
        fifo.write_bytes(b"")
        fifo.unlink()

    def kill(self, *pids: int) -> None:
        """`kill -9`, as what a drill is about."""
        self.end(*pids)
        self.kills += len(pids)

    def end(self, *pids: int) -> None:
        """Kills processes, all of them before any is waited for."""
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in pids:
            for said in (self.checkout / "held").glob(f"{pid}.*"):
                said.unlink()
            for command in self.commands:
                if command.pid == pid:
                    command.wait()
            assert ends(pid)

    def close(self) -> None:
        self.end(*self.processes())
        for command in self.commands:
            command.wait()
        self.dagster.dispose()

    def processes(self) -> dict[int, str]:
        """Every process that has to do with this home: its command by its number."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                variables = (path / "environ").read_bytes()
                state = (path / "stat").read_text().rpartition(") ")[2][0]
                command = (path / "cmdline").read_bytes()
            except OSError:  # it has ended meanwhile, or is another user's
                continue
            if state != "Z" and f"SENIORLINK_HOME={self.folder}".encode() in variables.split(b"\0"):
                found[int(path.name)] = command.replace(b"\0", b" ").decode()
        return found

    def orchestrators(self) -> list[int]:
        """The commands of this home, the runs and their steps: all that is no Spark job."""
        found = self.processes().items()
        return [
            pid
            for pid, command in found
            if "seniorlink_assets.cli" in command or "multiprocessing" in command
        ]

    def spark_jobs(self) -> dict[str, int]:
        """How many Spark jobs were ever begun, by table."""
        return {
            key: len([*(self.folder / "lake" / "jobs" / key).glob("*/pid")])
            for key in (*WARD, *CHAIN)
        }

    def runs_in_progress(self) -> list[str]:
        unfinished = [status for status in dg.DagsterRunStatus if not _is_over(status)]
        found = self.dagster.get_runs(dg.RunsFilter(statuses=unfinished))
        return [f"{run.run_id} {run.status.value}" for run in found]

    def messages(self, run_id: str) -> list[str]:
        """What was logged in a Dagster run, by the platform and by its jobs."""
        return [event.user_message for event in self.dagster.all_logs(run_id)]

    def _held(self) -> dict[str, Held]:
        found = {}
        for path in (self.checkout / "held").glob("[0-9]*.json"):
            told = json.loads(path.read_text())
            found[told["key"]] = Held(told["pid"], told["jvm"])
        return found


def _is_over(status: dg.DagsterRunStatus) -> bool:
    return status.value in ("SUCCESS", "FAILURE", "CANCELED")
