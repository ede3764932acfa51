"""Execute runs of the catalogue in this process, one home at a time."""

import multiprocessing
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType, DagsterInstance
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from seniorlink_assets.dagster_home import alone_in, is_somebody_in
from seniorlink_assets.definitions import definitions
from seniorlink_assets.recovery.runs import Run
from seniorlink_assets.step_processes import PRELOADED

_COMMAND = "seniorlink/command"
_COMMANDS = ["demo", "recover"]
"""What executes runs in its own process."""

_INVOCATION = "seniorlink/invocation"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's events are in the UI; the terminal shows the progress."""


def whole_catalogue() -> dg.JobDefinition:
    """The nightly job, which is about every table and extract."""
    return definitions().resolve_job_def("nightly")


@dataclass(frozen=True)
class Foreground:
    """The only process that executes runs in a home by itself."""

    instance: DagsterInstance
    command: str

    @classmethod
    @contextmanager
    def opened(
        cls, home: Path, instance: AbstractContextManager[DagsterInstance], command: str
    ) -> Iterator["Foreground"]:
        """HomeError if another process is at it; the runs of one that died are cancelled."""
        with alone_in(home), instance as opened:
            cancel_dead_runs(opened)
            yield cls(opened, command)

    def execute(self, run: Run, tags: Mapping[str, str]) -> str:
        """The id of the run, which has gone as far as it could.

        KeyboardInterrupt once all its jobs have ended, if somebody stops it.
        """
        asked = {
            "dagster/asset_partition_range_start": run.first,
            "dagster/asset_partition_range_end": run.last,
        }
        run_id = dg.execute_job(
            dg.reconstructable(whole_catalogue),
            self.instance,
            run_config=_QUIET,
            tags={
                _COMMAND: self.command,
                **tags,
                **{name: day for name, day in asked.items() if day is not None},
            },
            asset_selection=[table.asset_key for table in run.tables],
        ).run_id
        found = self.instance.get_run_by_id(run_id)
        if found and _is_stopped(self.instance, run_id):
            _cancel(self.instance, found, f"Somebody stopped `seniorlink {self.command}`")
            raise KeyboardInterrupt
        return run_id


def cancel_dead_runs(instance: DagsterInstance) -> None:
    """Ends the runs of processes that have died, by the only process that may execute any."""
    unfinished = dg.RunsFilter(statuses=NOT_FINISHED_STATUSES, tags={_COMMAND: _COMMANDS})
    for dead in instance.get_runs(unfinished):
        _cancel(instance, dead, "The process that ran it has died")


def is_abandoned(run: dg.DagsterRun, home: Path) -> bool:
    """Whether the process that executed a run has died before it could say so."""
    return run.tags.get(_COMMAND) in _COMMANDS and not is_somebody_in(home)


def invocation() -> Mapping[str, str]:
    """A tag by which a run is found before its id is known."""
    return {_INVOCATION: secrets.token_hex(8)}


def prepare_steps() -> None:
    """Has the server of the steps import while the run is being created."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOADED)
    forkserver.ensure_running()


@contextmanager
def errors_to(path: Path) -> Iterator[None]:
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


def _is_stopped(instance: DagsterInstance, run_id: str) -> bool:
    """Whether Ctrl-C reached the run, which Dagster then calls failed for some reason."""
    events = instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT)
    said = [event.dagster_event.engine_event_data for event in events if event.dagster_event]
    return any("steps_interrupted" in data.metadata and not data.error for data in said)


def _cancel(instance: DagsterInstance, run: dg.DagsterRun, message: str) -> None:
    """Ends a run that nobody executes: a slot of a pool is held until its run lets go of it."""
    instance.report_run_canceled(run, message)
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
