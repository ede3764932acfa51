"""A world of small tables, in which jobs cost nothing, anything can fail, and all is remembered.

A partition of a table is one number, computed from the numbers that it reads.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import dagster as dg

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.destination import Destination, DestinationError, Staged
from seniorlink_assets.environments import Environment
from seniorlink_assets.lake import Lake, Published
from seniorlink_assets.launchers.base import JobFailed, Launcher, Order, State
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.ledger import Ledger
from seniorlink_assets.materialize import materialize
from seniorlink_assets.recovery.heard import Heard
from seniorlink_assets.recovery.plan import Plan, plan
from seniorlink_assets.recovery.runs import Run, carried_out, runs_of
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import StillHeld
from seniorlink_assets.storage.disk import DiskStorage
from spark.contract import WHOLE, Column, Contract, LandingColumn, LandingSet
from spark.contract.job import Job, LandingInput
from spark.contract.manifest import DataFile, Manifest
from spark.files import LocalFiles

Fault = Literal[
    "the job fails",
    "the load fails",
    "the publication fails",
    "the step dies before it claims",
    "the step dies before it submits",
    "the step dies, and its job with it",
    "the step dies, and its job goes on",
    "the step dies before the swap",
    "the step dies after the swap",
    "the step dies between two pointers",
]

Made = tuple[str, str, str, tuple[tuple[str, str, str], ...]]
"""A partition and all it was made from: key, partition, code, inputs by name, part and content."""


@dataclass(frozen=True)
class Code:
    """What a table makes of the sum of what it reads; a broken one repeats its key."""

    version: str
    added: int
    divisor: int
    is_broken: bool = False

    def value(self, read: int) -> int:
        return (read + self.added) // self.divisor


class Died(BaseException):
    """The step is gone, and does nothing any more."""


@dataclass
class Step:
    """What happens to the step that is at work: at most one thing, once."""

    fault: Fault | None = None
    is_dead: bool = False
    met: list[Fault] = field(default_factory=list)

    def meets(self, fault: Fault) -> bool:
        if self.is_dead:
            raise Died
        if self.fault != fault:
            return False
        self.fault = None
        self.met.append(fault)
        return True

    def dies(self, fault: Fault) -> None:
        if self.meets(fault):
            self.is_dead = True
            raise Died


@dataclass
class World:
    """Tables, what has landed for them, and what Dagster was told."""

    home: Path
    days: Sequence[str]
    tables: list[Declared] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    landed: dict[tuple[str, str], int] = field(default_factory=dict)
    told: dict[tuple[str, str], str] = field(default_factory=dict)
    made: set[Made] = field(default_factory=set)
    jobs: list[list[Made]] = field(default_factory=list)
    met: list[Fault] = field(default_factory=list)
    runs: int = 0

    def __post_init__(self) -> None:
        self.step = Step()
        self.heard = _Told(self)
        self.environment = Environment(
            self.home,
            _Launcher(self),
            _Shelf(self),
            _Shelf(self),  # type: ignore[arg-type]
        )
        vars(self.environment)["lake"] = _Lake(self)
        vars(self.environment)["ledger"] = _Ledger(self)

    def add(self, *, daily: bool, reads: Sequence[int], code: Code) -> None:
        """Adds a table that reads earlier ones; one that reads none reads a landing set."""
        name = f"t{len(self.tables)}"
        inputs: dict[str, Declared | LandingSet] = {
            self.tables[number].contract.name: self.tables[number] for number in reads
        }
        if not inputs:
            landing = LandingSet(f"landing/app/{name}", "csv", (LandingColumn("n", "N."),))
            inputs["landed"] = landing
            for day in self.days:
                self.land(landing, day, 1)
        contract = Contract(
            key=f"small/{name}",
            kind="table",
            grain="One row.",
            columns=(Column("n", "bigint", "A number."), Column("day", "date", "Its day.")),
            primary_key=("n",),
            partition_by="day" if daily else None,
        )
        job = self.home / f"{name}.sql"
        self.tables.append(Declared(contract, inputs, self.home, job, code.version, {}))
        self.codes[contract.key] = code

    def change_code(self, number: int, code: Code) -> None:
        old = self.tables[number]
        new = Declared(old.contract, old.inputs, old.root, old.job, code.version, {})
        self.codes[old.key] = code
        self.tables[number] = new
        for place, table in enumerate(self.tables):
            inputs = {name: new if given is old else given for name, given in table.inputs.items()}
            if any(given is new for given in inputs.values()):
                self._replace(place, inputs)

    def _replace(self, number: int, inputs: Mapping[str, Declared | LandingSet]) -> None:
        old = self.tables[number]
        self.tables[number] = new = Declared(
            old.contract, inputs, old.root, old.job, old.code_version, {}
        )
        for place, table in enumerate(self.tables):
            if any(given is old for given in table.inputs.values()):
                self._replace(
                    place,
                    {name: new if given is old else given for name, given in table.inputs.items()},
                )

    @property
    def landing(self) -> list[LandingSet]:
        return [
            given
            for table in self.tables
            for given in table.inputs.values()
            if isinstance(given, LandingSet)
        ]

    def land(self, landing: LandingSet, day: str, number: int) -> None:
        folder = self.home / landing.folder / day
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "n.csv").write_text(str(number))
        self.landed[landing.key, day] = number

    def withhold(self, landing: LandingSet, day: str) -> None:
        shutil.rmtree(self.home / landing.folder / day, ignore_errors=True)
        self.landed.pop((landing.key, day), None)

    def plan(self) -> Plan:
        self.step = Step()
        return plan(self.tables, self.days, self.environment, self.heard)

    def recover(self, faults: Mapping[str, Fault]) -> list[Run]:
        """Carries out the plan, as a Dagster run does it; some tables meet a fault, once."""
        left = dict(faults)
        runs = runs_of(self.plan())
        for _ in carried_out(runs, lambda run: self._execute(run, left)):
            pass
        return runs

    def _execute(self, run: Run, faults: dict[str, Fault]) -> set[str]:
        self.runs += 1
        lost: set[str] = set()
        for table in run.tables:
            if any(given.key in lost for given in table.inputs.values()) or not self._materialized(
                table, run, faults.pop(table.key, None)
            ):
                lost.add(table.key)
        return lost

    def _materialized(self, table: Declared, run: Run, fault: Fault | None) -> bool:
        self.step = Step(fault, met=self.met)
        first, last = run.first or "", run.last or ""
        days = [day for day in self.days if first <= day <= last]
        context = _Context(self, days)
        try:
            self.step.dies("the step dies before it claims")
            for _ in materialize(context, table, self.environment):  # type: ignore[arg-type]
                pass
        except (dg.Failure, Died):
            return False
        published = self.environment.lake.all_published(table.key)
        for part in days if table.contract.partition_by else [WHOLE]:
            self.told[table.key, part] = published[part].place
        return True

    def contents(self) -> dict[tuple[str, str], str]:
        """What is published."""
        return {
            (table.key, part): pointer.content
            for table in self.tables
            for part, pointer in self.environment.lake.all_published(table.key).items()
        }

    def visible(self) -> dict[tuple[str, str], str]:
        """What readers see: the versions that are published, if all is well."""
        return {
            (table.key, part): version
            for table in self.tables
            for part, version in self.environment.warehouse.released(table.contract).items()
        }

    def versions(self) -> dict[tuple[str, str], str]:
        return {
            (table.key, part): pointer.version
            for table in self.tables
            for part, pointer in self.environment.lake.all_published(table.key).items()
        }

    def from_scratch(self) -> dict[tuple[str, str], "Computed"]:
        """What everything must be, by partition; nothing is said of what cannot be computed."""
        found: dict[tuple[str, str], Computed] = {}
        for table in self.tables:
            code = self.codes[table.key]
            for part in self.days if table.contract.partition_by else [WHOLE]:
                read = self._read_by(table, part, found)
                if read is None:
                    continue
                value = code.value(sum(int(content) for *_, content in read))
                found[table.key, part] = Computed(
                    None if code.is_broken else str(value),
                    (table.key, part, code.version, tuple(sorted(read))),
                )
        return found

    def _read_by(
        self, table: Declared, part: str, found: Mapping[tuple[str, str], "Computed"]
    ) -> list[tuple[str, str, str]] | None:
        """The contents that a partition reads; None if one of them cannot be had."""
        is_daily = table.contract.partition_by is not None
        read = []
        for name, given in table.inputs.items():
            if isinstance(given, LandingSet):
                landed = [day for day in self.days if (given.key, day) in self.landed]
                if is_daily and part not in landed:
                    return None
                parts = [part] if is_daily else landed
                read += [(name, one, str(self.landed[given.key, one])) for one in parts]
                continue
            whole = given.contract.partition_by is None
            for one in [WHOLE] if whole else [part] if is_daily else self.days:
                computed = found.get((given.key, one))
                if computed is None or computed.content is None:
                    return None
                read.append((name, one, computed.content))
        return read


@dataclass(frozen=True)
class Computed:
    """What a partition must be, None if its code is broken, and what it is made from."""

    content: str | None
    made: Made


class _Lake(Lake):
    def __init__(self, world: World) -> None:
        super().__init__(DiskStorage(world.home / "lake"))
        self._world = world

    def publish(self, snapshot: Snapshot, expected: Published | None, run_id: str, **made: Any):
        if self._world.step.is_dead:
            raise Died
        published = super().publish(snapshot, expected, run_id, **made)
        self._world.step.dies("the step dies between two pointers")
        return published

    def discard(self, data: str, places: Any) -> None:
        if self._world.step.is_dead:
            raise Died
        super().discard(data, places)


class _Ledger(Ledger):
    def __init__(self, world: World) -> None:
        super().__init__(DiskStorage(world.home / "lake"))
        self._world = world

    @contextmanager
    def _locked(self, key: str) -> Iterator[StillHeld]:
        if self._world.step.is_dead:
            raise Died
        with super()._locked(key) as still_held:
            yield still_held


class _Launcher(Launcher):
    """Jobs that are done as soon as they are submitted; `phases` by the place of their papers."""

    name = "small"

    def __init__(self, world: World) -> None:
        self._world = world
        self.phases: dict[str, State] = {}

    def prepare(self, job: Job, bytes: int) -> Job:
        return job

    def run(
        self,
        context: Any,
        order: Order,
        submitted: Callable[[Mapping[str, Any]], None],
    ) -> None:
        world, step = self._world, self._world.step
        step.dies("the step dies before it submits")
        self.phases[order.papers.place] = State("failed", "The machine went away.", transient=True)
        submitted({"place": order.papers.place})
        made = [_made(order.job, part) for part in order.job.partitions]
        world.jobs.append(made)
        step.dies("the step dies, and its job with it")
        if step.meets("the job fails"):
            self.phases[order.papers.place] = State("failed", "It cannot be computed.")
            raise JobFailed("It cannot be computed.")
        for one in made:
            _commit(order.job, one, world.codes[order.job.contract.key])
            world.made.add(one)
        self.phases[order.papers.place] = State("succeeded")
        step.dies("the step dies, and its job goes on")

    def follow(self, context: Any, papers: Papers, handle: Any, seconds: float | None) -> None:
        state = self.phases[papers.place]
        if state.phase == "failed":
            raise JobFailed(state.reason, transient=state.transient)

    def find(self, papers: Papers) -> Mapping[str, Any] | None:
        return {"place": papers.place} if papers.place in self.phases else None

    def state(self, papers: Papers, handle: Any) -> State:
        return self.phases[papers.place]

    def cancel(self, papers: Papers, handle: Any) -> None:
        pass


def _made(job: Job, partition: str) -> Made:
    read = []
    for name, given in job.inputs.items():
        by_part = given.days if isinstance(given, LandingInput) else given.partitions
        has_days = isinstance(given, LandingInput) or given.contract.partition_by is not None
        own = job.contract.partition_by is not None and has_days
        for part in [partition] if own else sorted(by_part):
            read += [(name, part, Path(file).read_text()) for file in by_part[part]]
    return job.contract.key, partition, job.code_version, tuple(sorted(read))


def _commit(job: Job, made: Made, code: Code) -> None:
    _, partition, _, read = made
    value = str(code.value(sum(int(content) for *_, content in read)))
    place = job.manifests[partition]
    path = Path(job.lake) / place / "n.parquet"
    path.parent.mkdir(parents=True)
    path.write_text(value)
    Manifest(
        key=job.contract.key,
        partition=partition,
        fingerprint=job.fingerprints[partition],
        attempt=job.attempt,
        code_version=job.code_version,
        spark_version="4.3.0",
        files=(DataFile(f"{place}/n.parquet", len(value)),),
        rows=1,
        violations={"primary_key_is_unique": int(code.is_broken)},
        content=value,
    ).commit(LocalFiles().create, str(path.parent))


class _Shelf(Destination):
    """A destination in memory."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._released: dict[str, dict[str, str]] = {}

    def location(self, contract: Contract) -> str:
        return contract.key

    def released(self, contract: Contract) -> Mapping[str, str]:
        return dict(self._released.get(contract.key, {}))

    def stage(self, contract: Contract, snapshots: Sequence[Snapshot], run_id: str) -> Staged:
        if self._world.step.meets("the load fails"):
            raise DestinationError("It cannot be loaded.")
        return Staged(contract, snapshots, "staged", len(snapshots))

    def publish(self, staged: Staged, run_id: str) -> None:
        step = self._world.step
        if step.meets("the publication fails"):
            raise DestinationError("It cannot be published.")
        step.dies("the step dies before the swap")
        live = self._released.setdefault(staged.contract.key, {})
        live.update({snapshot.partition: snapshot.version for snapshot in staged.snapshots})
        step.dies("the step dies after the swap")

    def discard(self, staged: Staged) -> None:
        if self._world.step.is_dead:
            raise Died


class _Told(Heard):
    def __init__(self, world: World) -> None:
        self._world = world

    def is_over(self, run_id: str) -> bool:
        return True

    def unheard(self, table: Declared, published: Mapping[str, Published]) -> set[str]:
        told = self._world.told
        return {
            part
            for part, pointer in published.items()
            if told.get((table.key, part)) != pointer.place
        }

    def has_failed(self, table: Declared, check: str) -> bool:
        return True


class _Context:
    """As much of Dagster's context as the five steps use."""

    def __init__(self, world: World, days: Sequence[str]) -> None:
        self._world = world
        self.partition_keys = days
        self.run = SimpleNamespace(run_id=f"{world.runs:08d}-run", tags={})
        self.instance = self
        self.log = SimpleNamespace(info=_say_nothing, warning=_say_nothing)

    def get_run_by_id(self, run_id: str) -> Any:
        return SimpleNamespace(is_finished=True)

    def add_asset_metadata(self, *_: Any) -> None:
        pass

    def log_event(self, event: dg.AssetMaterialization) -> None:
        key, part = event.asset_key.to_user_string(), event.partition or WHOLE
        pointer = self._world.environment.lake.published(key, part)
        assert pointer is not None
        self._world.told[key, part] = pointer.place


def _say_nothing(_: str) -> None:
    pass
