"""One drill: what readers saw from its beginning, and what must be true at its end."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assets_tests.bench.home import CHECKOUT
from assets_tests.drills.company import CHAIN, DAYS, ROWS, WARD
from assets_tests.drills.home import SETS, DrillHome
from assets_tests.launchers.pools import keepers
from assets_tests.launchers.processes import becomes, is_held


@dataclass(frozen=True)
class Reader:
    """A process that polls what is published, and the file of what it saw."""

    process: subprocess.Popen
    seen: Path

    @classmethod
    @contextmanager
    def of(cls, home: DrillHome) -> Iterator["Reader"]:
        folder = Path(tempfile.mkdtemp(dir=home.folder.parent))
        seen = folder / "seen.jsonl"
        seen.touch()
        command = [sys.executable, "-m", "assets_tests.drills.reader", home.folder, seen]
        process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE)
        try:
            yield cls(process, seen)
        finally:
            process.stdin.close()
            assert process.wait() == 0, "the reader failed"

    def count(self) -> int:
        return self.seen.read_bytes().count(b"\n")

    def polls(self, first: int) -> list[Mapping[str, Mapping[str, list[int]]]]:
        """What it saw, from that poll on."""
        lines = self.seen.read_text().split("\n")[first:-1]
        return [json.loads(line) for line in lines]

    def polls_again(self) -> None:
        """Waits for a poll that has begun since."""
        before = self.count()
        assert becomes(lambda: self.count() > before + 1), self.process.poll()


@dataclass(frozen=True)
class Drill:
    """A set has landed anew, as `version`; what was published and computed before is known."""

    home: DrillHome
    reader: Reader
    name: str
    version: int
    polls_before: int
    jobs_before: Mapping[str, int]

    @classmethod
    def begins(cls, home: DrillHome, reader: Reader, name: str) -> "Drill":
        if not home.is_at_rest:  # the drill before has failed
            home.hold_nobody()
            home.end(*home.processes())
            home.recover()
        home.is_at_rest = False
        reader.polls_again()
        polls, jobs = reader.count(), home.spark_jobs()
        return cls(home, reader, name, home.land(name), polls, jobs)

    def published(self) -> Mapping[str, int]:
        """The version of each table that readers see now."""
        self.reader.polls_again()
        newest = self.reader.polls(-2)[-1]
        return {key: newest[key][DAYS[0]][0] for key in SETS[self.name]}

    def spark_jobs(self) -> Mapping[str, int]:
        """How many Spark jobs have begun since, by table."""
        now = self.home.spark_jobs()
        return {key: now[key] - self.jobs_before[key] for key in SETS[self.name]}

    def ends_well(self) -> None:
        """Everything is published, nothing was ever half of it, and nothing is left over."""
        assert set(self.published().values()) == {self.version}
        self.readers_saw_no_mixture()
        self.nothing_is_left()
        self.home.is_at_rest = True

    def readers_saw_no_mixture(self) -> None:
        polls = self.reader.polls(self.polls_before)
        assert polls
        for key in (*WARD, *CHAIN):
            seen = [poll[key][DAYS[0]] for poll in polls]
            others = [poll[key][DAYS[1]] for poll in polls]
            versions = [first for first, _, _ in seen]
            assert all(first == last for first, last, _ in seen), key
            assert {count for _, _, count in seen} == {ROWS[key]}, key
            assert {*map(tuple, others)} == {(1, 1, ROWS[key])}, key
            assert versions == sorted(versions), f"{key} went back"
            assert len({*versions}) <= 1 + (key in SETS[self.name]), key

    def nothing_is_left(self) -> None:
        home = self.home
        assert becomes(lambda: not _strangers(home)), _strangers(home)
        left = {
            "claims": home.ledger.at_work(),
            "failures": [key for key in SETS[self.name] if home.ledger.failures(key)],
            "runs": home.runs_in_progress(),
            "staged": _staged(home),
            "locks": _locked(home),
            "drafts": _drafts(home),
            "scratch": [*(home.folder / "lake" / "jobs").glob("*/*/*/scratch")],
        }
        assert not any(left.values()), left


def _strangers(home: DrillHome) -> Mapping[int, str]:
    """The processes of a home but for its keeper and the JVMs that it keeps."""
    kept = {*keepers(home.folder / "jvms")}
    return {
        pid: command
        for pid, command in home.processes().items()
        if pid not in kept and not ("SparkSubmit" in command and _parent(pid) in kept)
    }


def _parent(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return None
    return int(stat.rpartition(") ")[2].split()[1])


def _staged(home: DrillHome) -> list[str]:
    with home.warehouse.session(write=False) as connection:
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, '_staging')"
        ).fetchall()
    files = (home.folder / "extracts" / ".staging").glob("*")
    return [*(name for (name,) in tables), *map(str, files)]


def _locked(home: DrillHome) -> list[Path]:
    """The files that some process has locked."""
    locks = [
        *home.folder.glob("*.lock"),
        *home.folder.glob("lake/*/*/*/.*lock"),
        *home.folder.glob("lake/jobs/*/*/*/lock"),
    ]
    assert locks
    # The reader takes its turn at the warehouse's.
    return [lock for lock in locks if lock.name != "warehouse.duckdb.lock" and is_held(lock)]


def _drafts(home: DrillHome) -> list[Path]:
    """Files that were being written when somebody died."""
    return [
        *home.folder.glob("lake/ledger/**/*.tmp"),
        *home.folder.glob("lake/published/**/*.tmp"),
        *home.folder.glob("extracts/**/*.new"),
    ]
