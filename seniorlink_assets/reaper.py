"""Which jobs are at work, and the end of those that no Dagster run answers for any more."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import dagster as dg
from dagster import DagsterInstance
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import PARENT_RUN_ID_TAG

from seniorlink_assets.environments import Environment
from seniorlink_assets.launchers.base import Handle, Launcher, NotEnded
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.ledger import Entry


@dataclass(frozen=True)
class JobAtWork:
    """A job of the ledger whose end nobody has written down.

    It is `running` while its Dagster run goes on, an `orphan` when that is over and no retry of it
    is on its way, `ended` when the job itself is over, `elsewhere` when another launcher runs it,
    and `unknown` when this Dagster knows nothing of its run.
    """

    entry: Entry
    state: Literal["running", "orphan", "ended", "elsewhere", "unknown"]


def jobs_at_work(environment: Environment, instance: DagsterInstance) -> list[JobAtWork]:
    """Every job that claims a partition."""
    return [
        JobAtWork(entry, _state(entry, environment, instance))
        for entry in environment.ledger.at_work()
    ]


def reap(
    environment: Environment, instance: DagsterInstance, *, grace_seconds: float = 0
) -> Iterator[JobAtWork]:
    """Ends the orphans, and gives free what jobs hold that are over; never anything else.

    A run that was over for less than the grace may still be retried: its job is left alone. If one
    could not be ended, NotEnded once all others are.
    """
    refused: list[NotEnded] = []
    for job in jobs_at_work(environment, instance):
        is_over = job.state in ("orphan", "ended")
        if not is_over or _is_recent(job.entry, instance, grace_seconds):
            continue
        try:
            if _end(job.entry, environment):
                yield job
        except NotEnded as error:
            refused.append(error)
    if refused:
        raise refused[0]


def _end(entry: Entry, environment: Environment) -> bool:
    """Ends a job with all its processes; False if another run answers for it meanwhile."""

    def cancel() -> None:
        launcher = environment.launcher_named(entry.launcher)
        if launcher is None:
            return
        papers, handle = _known(entry, environment, launcher)
        if handle is not None:
            launcher.cancel(papers, handle)

    return environment.ledger.end(entry, "cancelled", "Its Dagster run is over.", first=cancel)


def _state(
    entry: Entry, environment: Environment, instance: DagsterInstance
) -> Literal["running", "orphan", "ended", "elsewhere", "unknown"]:
    run = instance.get_run_by_id(entry.run_id)
    if run is None:
        return "unknown"
    if not run.is_finished:
        return "running"
    launcher = environment.launcher_named(entry.launcher)
    if launcher is None:
        return "elsewhere"
    papers, handle = _known(entry, environment, launcher)
    if handle is None or launcher.state(papers, handle).phase != "running":
        return "ended"
    return "running" if _is_retried(run, instance) else "orphan"


def _known(
    entry: Entry, environment: Environment, launcher: Launcher
) -> tuple[Papers, Handle | None]:
    """The papers of a job and its handle; None if it was never submitted."""
    papers = Papers(environment.papers_of(entry.launcher), entry.place)
    return papers, entry.handle or launcher.find(papers)


def _is_retried(run: dg.DagsterRun, instance: DagsterInstance) -> bool:
    """Whether a retry of the run is under way, which will follow its jobs."""
    wanted = dg.RunsFilter(statuses=NOT_FINISHED_STATUSES, tags={PARENT_RUN_ID_TAG: run.run_id})
    return bool(instance.get_runs(wanted, limit=1))


def _is_recent(entry: Entry, instance: DagsterInstance, grace_seconds: float) -> bool:
    record = instance.get_run_record_by_id(entry.run_id)
    ended = record.end_time if record else None
    return ended is not None and time.time() - ended < grace_seconds
