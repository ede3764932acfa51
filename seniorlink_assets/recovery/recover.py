"""Bring what a plan is about up to date, run by run, and count what it took."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from dagster import DagsterEventType

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.environments import Environment
from seniorlink_assets.recovery.foreground import Foreground, invocation
from seniorlink_assets.recovery.plan import Plan
from seniorlink_assets.recovery.runs import Run, carried_out, runs_of
from spark.contract import WHOLE


@dataclass(frozen=True)
class Done:
    """A run that was executed, and the days that the plan was about."""

    run: Run
    run_id: str
    days: Sequence[str]

    def partitions(self, table: Declared) -> list[str]:
        if not table.contract.partition_by:
            return [WHOLE]
        return [day for day in self.days if (self.run.first or "") <= day <= (self.run.last or "")]


def recover(
    plan: Plan,
    foreground: Foreground,
    watch: Callable[[Run, Mapping[str, str]], AbstractContextManager[None]],
    tags: Mapping[str, str] | None = None,
) -> list[Done]:
    """Executes the runs of a plan; `watch` is open while a run with these tags goes on."""
    done: list[Done] = []

    def execute(run: Run) -> set[str]:
        wanted = {**invocation(), **(tags or {})}
        with watch(run, wanted):
            run_id = foreground.execute(run, wanted)
        done.append(Done(run, run_id, plan.days))
        ended = foreground.instance.all_logs(run_id, of_type=DagsterEventType.STEP_SUCCESS)
        succeeded = {event.step_key for event in ended}
        return {key for key in run.keys if key.replace("/", "__") not in succeeded}

    for _ in carried_out(runs_of(plan), execute):
        pass
    return done


def spark_jobs(done: Sequence[Done], bound: Environment) -> int:
    """How many Spark jobs the runs submitted."""
    return sum(attempts(bound, one.run_id, table) for one in done for table in one.run.tables)


def attempts(bound: Environment, run_id: str, table: Declared) -> int:
    """How many Spark jobs a run submitted for one asset."""
    return len(_of_run(bound.ledger.attempts(table.key), run_id))


def fewest_spark_jobs(done: Sequence[Done], bound: Environment) -> int:
    """How many the runs could not do without.

    That is one for each table in each run that had a partition without a snapshot of what it is
    now, or was to be when it failed.
    """
    return sum(_had_to_compute(one, table, bound) for one in done for table in one.run.tables)


def _had_to_compute(done: Done, table: Declared, bound: Environment) -> bool:
    ledger, run = bound.ledger, done.run_id
    published = bound.lake.all_published(table.key)
    wanted = {(part, pointer.fingerprint) for part, pointer in published.items()}
    wanted |= {
        (part, failed.fingerprint)
        for part, failed in ledger.failures(table.key).items()
        if failed.run_id == run and failed.fingerprint
    }
    for attempt in _of_run(ledger.attempts(table.key), run):
        wanted |= {*ledger.entry(table.key, attempt).fingerprints.items()}
    before = _of_other_runs(bound.lake.committed_places(table.key), run)
    asked = {*done.partitions(table)}
    return any(part in asked and (part, fingerprint) not in before for part, fingerprint in wanted)


def _of_other_runs(places: Iterable[str], run: str) -> set[tuple[str, str]]:
    """Partition and fingerprint of the snapshots that other runs have computed."""
    found: set[tuple[str, str]] = set()
    for place in places:
        partition, version = place.split("/")[-2:]
        fingerprint, _, attempt = version.partition("-")
        if not attempt.startswith(run[:8]):
            found.add((partition, fingerprint))
    return found


def _of_run(attempts: Sequence[str], run: str) -> list[str]:
    return [attempt for attempt in attempts if attempt.startswith(f"{run[:8]}-")]
