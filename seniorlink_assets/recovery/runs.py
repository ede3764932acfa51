"""Turn a plan into the fewest Dagster runs, each about some tables and one range of days."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.recovery.plan import Finding, Plan

_BRIDGED_DAYS = 31
"""So many days that need nothing cost less than another run: a step only reports them again."""


@dataclass(frozen=True)
class Run:
    """One run: `tables` in an order in which they can be computed, and the range of daily ones."""

    tables: Sequence[Declared]
    first: str | None
    last: str | None

    @property
    def keys(self) -> list[str]:
        return [table.key for table in self.tables]

    def covers(self, finding: Finding, table: Declared) -> bool:
        """Whether it mends this partition of `table`."""
        if finding.key != table.key or table not in self.tables:
            return False
        if not table.contract.partition_by:
            return True
        return (self.first or "") <= finding.partition <= (self.last or "")


def runs_of(plan: Plan) -> list[Run]:
    """The runs that do what the plan says, in their order.

    Unpartitioned tables that daily ones read come first, those above daily ones last.
    """
    needed = {finding.key for finding in plan.recovered}
    everything = [table for table in plan.tables if table.key in needed]
    at_once = _clusters([table for table in everything if _is_daily(table)], plan)
    if not everything:
        return []
    if len(at_once) <= 1:
        ranged = at_once[0] if at_once else Run([], None, None)
        return [Run(everything, ranged.first, ranged.last)]
    stages = _stages(plan.tables)
    runs: list[Run] = []
    for stage in range(max(stages.values(), default=0) + 1):
        chosen = [table for table in everything if stages[table.key] == stage]
        whole = [table for table in chosen if not _is_daily(table)]
        clusters = _clusters([table for table in chosen if _is_daily(table)], plan)
        if whole and (runs or not clusters):
            clusters = [Run(whole, None, None), *clusters]
        elif whole:
            clusters[0] = _joined(Run(whole, None, None), clusters[0])
        for run in clusters:
            if runs and _are_joined(runs[-1], run):
                runs[-1] = _joined(runs[-1], run)
            else:
                runs.append(run)
    return runs


@dataclass(frozen=True)
class Estimate:
    """How many Spark jobs a plan takes if nothing fails: so many tables in so many runs."""

    least: int
    most: int


def estimate(plan: Plan, runs: Sequence[Run]) -> Estimate:
    found: Mapping[str, list[Finding]] = {table.key: [] for table in plan.tables}
    for finding in plan.recovered:
        found[finding.key].append(finding)
    least = most = 0
    for run in runs:
        for table in run.tables:
            jobs = {one.spark_job for one in found[table.key] if run.covers(one, table)}
            least += "yes" in jobs
            most += bool(jobs & {"yes", "perhaps"})
    return Estimate(least, most)


def carried_out(
    runs: Sequence[Run], execute: Callable[[Run], Collection[str]]
) -> Iterator[tuple[Run, Collection[str]]]:
    """Executes runs one after the other; `execute` says which tables did not succeed.

    What reads them is left out of later runs, except other days of what has days.
    """
    failed: set[str] = set()
    for planned in runs:
        left_out: set[str] = set()
        for table in planned.tables:
            if any(
                given.key in left_out
                or (given.key in failed and not (_is_daily(table) and _is_daily(given)))
                for given in table.inputs.values()
            ):
                left_out.add(table.key)
        run = Run(
            [table for table in planned.tables if table.key not in left_out],
            planned.first,
            planned.last,
        )
        failed |= left_out
        if run.tables:
            lost = execute(run)
            failed |= {*lost}
            yield run, lost


def _is_daily(given: object) -> bool:
    return isinstance(given, Declared) and given.contract.partition_by is not None


def _stages(tables: Sequence[Declared]) -> Mapping[str, int]:
    """By table, how often the way to it climbs from a daily table to an unpartitioned one."""
    stages: dict[str, int] = {}
    for table in tables:
        stages[table.key] = max(
            (
                stages[given.key] + (_is_daily(given) and not _is_daily(table))
                for given in table.inputs.values()
                if given.key in stages
            ),
            default=0,
        )
    return stages


@dataclass
class _Cluster:
    tables: set[str]
    first: str
    last: str
    unfit: set[str] = field(default_factory=set)


def _clusters(tables: Sequence[Declared], plan: Plan) -> list[Run]:
    """Ranges of days: none holds a day on which one of its tables cannot be materialized."""
    keys = {table.key for table in tables}
    needed: dict[str, set[str]] = {}
    unfit: dict[str, set[str]] = {}
    for finding in plan.findings:
        if finding.key in keys:
            days = needed if finding.recovered else unfit
            if finding.recovered or finding.state != "held":
                days.setdefault(finding.partition, set()).add(finding.key)
    landed = {day: number for number, day in enumerate(plan.days)}
    clusters: list[_Cluster] = []
    for day in sorted(needed):
        last = clusters[-1] if clusters else None
        if last is not None:
            between = plan.days[landed[last.last] + 1 : landed[day]]
            wanted = last.tables | needed[day]
            out = last.unfit.union(*(unfit.get(one, set()) for one in (*between, day)))
            if (
                len(between) <= _BRIDGED_DAYS
                and _days_apart(last.last, day) == len(between) + 1
                and not wanted & out
            ):
                last.tables, last.last, last.unfit = wanted, day, out
                continue
        clusters.append(_Cluster({*needed[day]}, day, day, {*unfit.get(day, set())}))
    return [
        Run([table for table in tables if table.key in found.tables], found.first, found.last)
        for found in clusters
    ]


def _days_apart(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _are_joined(before: Run, after: Run) -> bool:
    """Whether one run can do both."""
    if before.first is None or after.first is None:
        return True
    return (before.first, before.last) == (after.first, after.last)


def _joined(before: Run, after: Run) -> Run:
    return Run(
        [*before.tables, *after.tables], before.first or after.first, before.last or after.last
    )
