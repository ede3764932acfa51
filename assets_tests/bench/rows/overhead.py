"""What an asset costs beside its work: step start to the transform's first line, write to step end.

The end of the write is when the newest Parquet file of the table was written, on both sides. The
first asset of a run is shown apart: the figure compared is that of the others, which find a JVM
waiting where there is a pool. A step starts when Dagster says STEP_START, which its process does;
that process' own start is shown for information.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison
from assets_tests.bench.home import Home
from assets_tests.bench.naive import settings, write_naive
from assets_tests.bench.tiny import SCHEMA, land, write_tiny

NAMES = [f"table_{number}" for number in range(6)]

_KINDS = {
    DagsterEventType.STEP_WORKER_STARTING,
    DagsterEventType.STEP_START,
    DagsterEventType.STEP_SUCCESS,
}


@dataclass(frozen=True)
class Overhead:
    """Seconds of one step; `process` are those that its process took to start."""

    seconds: float
    process: float


class Naive:
    def __init__(self, folder: Path) -> None:
        self._project = write_naive(folder, NAMES)
        self._home = Home(folder, settings(folder))

    def overheads(self, repetition: int) -> list[Overhead]:
        file = str(self._project / "definitions.py")
        words = ("asset", "materialize", "-f", file, "--select", ",".join(NAMES))
        self._home.dagster(*words, checkout=self._project)
        self._home.rest()
        project = self._project
        return _overheads(self._home, project / "moments", project / "data", prefix="")


class Isolated:
    def __init__(self, folder: Path, isolation: str) -> None:
        moments = folder / "moments"
        moments.mkdir(parents=True)
        self._checkout = write_tiny(folder / "checkout", moments, NAMES)
        given = {"SENIORLINK_ISOLATION": isolation, "SENIORLINK_JOBS": "1"}
        self._home = Home(folder / "home", given)
        self._home.seniorlink("env", checkout=self._checkout)
        self._moments = moments

    def overheads(self, repetition: int) -> list[Overhead]:
        land(self._home.folder, 10 * repetition)
        keys = ",".join(f"{SCHEMA}/{name}" for name in NAMES)
        words = ("asset", "materialize", "-m", "seniorlink_assets.definitions", "--select", keys)
        self._home.dagster(*words, checkout=self._checkout)
        self._home.rest()
        data = self._home.folder / "lake" / "snapshots" / SCHEMA
        return _overheads(self._home, self._moments, data, prefix=f"{SCHEMA}__")


def measure(bench: Bench) -> list[Comparison]:
    folder = bench.folder / "overhead"
    sides = {
        "naive": Naive(folder / "naive"),
        "warm": Isolated(folder / "warm", "warm"),
        "fresh": Isolated(folder / "fresh", "fresh"),
    }
    first: dict[str, list[float]] = defaultdict(list)
    later: dict[str, list[float]] = defaultdict(list)
    whole: dict[str, list[float]] = defaultdict(list)
    for repetition in range(bench.sizes.runs + 1):
        for name, side in sides.items():
            overheads = side.overheads(repetition)
            shown = " ".join(f"{overhead.seconds:.2f}" for overhead in overheads)
            bench.say(f"  {name}, {'not counted' if repetition == 0 else repetition}: {shown} s")
            if repetition:
                first[name].append(overheads[0].seconds)
                later[name] += [overhead.seconds for overhead in overheads[1:]]
                whole[name] += [each.process + each.seconds for each in overheads[1:]]
    return [
        Comparison("overhead, warm JVM", later["warm"], later["naive"], goal=0.08),
        Comparison("overhead, fresh JVM", later["fresh"], later["naive"], goal=0.30),
        Comparison("for information: first asset of a cold pool", first["warm"], first["naive"]),
        Comparison("for information: warm, with the step's process", whole["warm"], whole["naive"]),
        Comparison(
            "for information: fresh, with the step's process", whole["fresh"], whole["naive"]
        ),
    ]


def _overheads(home: Home, moments: Path, data: Path, prefix: str) -> list[Overhead]:
    """Seconds of each step of the newest run, in the order in which the steps ran."""
    with dg.DagsterInstance.from_config(home.environment()["DAGSTER_HOME"]) as instance:
        (run,) = instance.get_runs(limit=1)
        events = instance.all_logs(run.run_id, of_type=_KINDS)
    at = {(event.dagster_event_type, event.step_key or ""): event.timestamp for event in events}
    began = {step: when for (kind, step), when in at.items() if kind == DagsterEventType.STEP_START}
    overheads = []
    for step in sorted(began, key=lambda step: began[step]):
        name = step.removeprefix(prefix)
        first_line = float((moments / name).read_text())
        written = max(
            path.stat().st_mtime
            for path in (data / name).rglob("part-*.parquet")
            if "rejects" not in path.parts
        )
        ended = at[DagsterEventType.STEP_SUCCESS, step]
        asked = at[DagsterEventType.STEP_WORKER_STARTING, step]
        seconds = (first_line - began[step]) + (ended - written)
        overheads.append(Overhead(seconds, began[step] - asked))
    return overheads


row = Row(measure, minutes=2.5)
