"""Bring the whole catalogue up to date in one Dagster run, and say what came of it."""

import multiprocessing
import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType, DagsterInstance
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from rich.console import Console

from seniorlink_assets.calendar import DAYS
from seniorlink_assets.catalogue import Declared, tables
from seniorlink_assets.dagster_home import alone_in
from seniorlink_assets.definitions import definitions
from seniorlink_assets.demo_progress import shown_progress
from seniorlink_assets.demo_report import attempts, lines_of, show
from seniorlink_assets.environments import environment, home_folder
from seniorlink_assets.outdated import outdated
from seniorlink_assets.step_processes import PRELOADED

_DEMO = {"seniorlink/command": "demo"}
_INVOCATION = "seniorlink/invocation"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's events are in the UI; the terminal shows the progress."""


def whole_catalogue() -> dg.JobDefinition:
    """The nightly job, which is about every table and extract."""
    return definitions().resolve_job_def("nightly")


def materialize_all(first_day: str, last_day: str, console: Console) -> bool:
    """Brings everything up to date over a range of days; False if an asset failed.

    KeyboardInterrupt once all its jobs have ended, if somebody stops it.
    """
    started, bound = time.monotonic(), environment()
    whole_catalogue()  # declares the tables
    known = sorted(tables(), key=lambda table: table.key)
    with alone_in(bound.home), DagsterInstance.get() as instance:
        for dead in _unfinished(instance):
            _cancel(instance, dead, "The process that ran it has died")
        days = DAYS.get_partition_keys_in_range(dg.PartitionKeyRange(first_day, last_day))
        stale = outdated(known, days, bound, instance)
        run_id = _run(instance, stale, known, (first_day, last_day), console) if stale else None
        lines = lines_of(instance, run_id, known, {table.key for table in stale}, bound)
    jobs = sum(attempts(bound, run_id, table) for table in stale) if run_id else 0
    show(lines, bound, console)
    failed = [line for line in lines if line.state in ("failed", "not run")]
    console.print(
        f"assets: {len(lines) - len(failed)} fresh, {len(failed)} failed; "
        f"spark jobs: {jobs}; seconds: {time.monotonic() - started:.0f}",
        highlight=False,
        soft_wrap=True,
    )
    return not failed


def _run(
    instance: DagsterInstance,
    stale: Sequence[Declared],
    known: Sequence[Declared],
    days: tuple[str, str],
    console: Console,
) -> str:
    """The id of the run that brought `stale` up to date, as far as it went."""
    invocation = {_INVOCATION: secrets.token_hex(8)}
    asked = {
        "dagster/asset_partition_range_start": days[0],
        "dagster/asset_partition_range_end": days[1],
    }
    with (
        shown_progress(instance, invocation, known, stale, console),
        _errors_to(home_folder() / "demo.log"),
    ):
        _prepare_steps()
        run_id = dg.execute_job(
            dg.reconstructable(whole_catalogue),
            instance,
            run_config=_QUIET,
            tags={**_DEMO, **invocation, **asked},
            asset_selection=[table.asset_key for table in stale],
        ).run_id
    run = instance.get_run_by_id(run_id)
    if run and _is_stopped(instance, run_id):
        _cancel(instance, run, "Somebody stopped `seniorlink demo`")
        raise KeyboardInterrupt
    return run_id


def _prepare_steps() -> None:
    """Has the server of the steps import while the run is being created."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOADED)
    forkserver.ensure_running()


def _is_stopped(instance: DagsterInstance, run_id: str) -> bool:
    """Whether Ctrl-C reached the run, which Dagster then calls failed for some reason."""
    events = instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT)
    said = [event.dagster_event.engine_event_data for event in events if event.dagster_event]
    return any("steps_interrupted" in data.metadata and not data.error for data in said)


def _unfinished(instance: DagsterInstance) -> list[dg.DagsterRun]:
    """The runs of earlier demos that never ended, as this is the only demo."""
    wanted = dg.RunsFilter(statuses=NOT_FINISHED_STATUSES, tags=_DEMO)
    return [*instance.get_runs(wanted)]


def _cancel(instance: DagsterInstance, run: dg.DagsterRun, message: str) -> None:
    """Ends a run that nobody executes: a slot of a pool is held until its run lets go of it."""
    instance.report_run_canceled(run, message)
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


@contextmanager
def _errors_to(path: Path) -> Iterator[None]:
    """Sends what this process and the steps it forks write to stderr to a file instead."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with path.open("w", encoding="utf-8") as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
