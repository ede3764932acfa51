"""Materialize the whole catalogue in one Dagster run, and show how it goes and what came of it."""

import os
import secrets
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType, DagsterInstance
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from seniorlink_assets.catalogue import Declared, tables
from seniorlink_assets.definitions import definitions
from seniorlink_assets.environments import Environment, environment

_INVOCATION = "seniorlink/invocation"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's events are in the UI; the terminal shows the progress."""


@dataclass(frozen=True)
class Line:
    """What a run came to for one asset. `reason` says why it failed."""

    key: str
    rows: int
    rejects: int
    seconds: float
    state: str
    reason: str = ""


def whole_catalogue() -> dg.JobDefinition:
    """One job over every table and extract."""
    jobs = dg.Definitions(jobs=[dg.define_asset_job("catalogue")])
    return dg.Definitions.merge(definitions(), jobs).resolve_job_def("catalogue")


def materialize_all(first_day: str, last_day: str, console: Console) -> bool:
    """Brings everything up to date over a range of days; False if an asset failed."""
    bound = environment()
    job = dg.reconstructable(whole_catalogue)
    started, invocation = time.monotonic(), secrets.token_hex(8)
    tags = {
        "dagster/asset_partition_range_start": first_day,
        "dagster/asset_partition_range_end": last_day,
        _INVOCATION: invocation,
    }
    with DagsterInstance.get() as instance:
        whole_catalogue()  # declares the tables
        known = sorted(tables(), key=lambda table: table.key)
        with _progress(instance, invocation, known, console), _errors_to(bound.home / "demo.log"):
            result = dg.execute_job(job, instance, run_config=_QUIET, tags=tags)
        lines = _lines(instance, result.run_id, known, bound)
    jobs = _spark_jobs(bound, result.run_id, known)
    _show(lines, bound, console)
    failed = [line for line in lines if line.state in ("failed", "not run")]
    console.print(
        f"assets: {len(lines) - len(failed)} fresh, {len(failed)} failed; "
        f"spark jobs: {jobs}; seconds: {time.monotonic() - started:.0f}",
        highlight=False,
    )
    return not failed


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


@contextmanager
def _progress(
    instance: DagsterInstance, invocation: str, known: Sequence[Declared], console: Console
) -> Iterator[None]:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[running]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    over = threading.Event()

    def follow() -> None:
        task = bar.add_task("materializing", total=len(known), running="")
        running: list[str] = []
        done, seen, run_id = 0, 0, None
        while not over.wait(0.5):
            if run_id is None:
                runs = instance.get_runs(dg.RunsFilter(tags={_INVOCATION: invocation}), limit=1)
                run_id = runs[0].run_id if runs else None
                continue
            events = instance.all_logs(run_id, of_type=_STEP_EVENTS)
            for event in events[seen:]:
                key = (event.step_key or "").replace("__", "/")
                if event.dagster_event_type == DagsterEventType.STEP_START:
                    running.append(key)
                    continue
                done += 1
                if key in running:
                    running.remove(key)
                if not console.is_terminal:
                    word = next(
                        word for kind, word in _WORDS.items() if kind == event.dagster_event_type
                    )
                    console.print(
                        f"[{done}/{len(known)}] {key} {word}", highlight=False, markup=False
                    )
            seen = len(events)
            bar.update(task, completed=done, running=", ".join(running))

    follower = threading.Thread(target=follow, name="progress", daemon=True)
    with bar:
        follower.start()
        try:
            yield
        finally:
            over.set()
            follower.join()


_WORDS = {
    DagsterEventType.STEP_SUCCESS: "is up to date",
    DagsterEventType.STEP_FAILURE: "FAILED",
    DagsterEventType.STEP_SKIPPED: "is not run, for something it reads failed",
}
_STEP_EVENTS = {DagsterEventType.STEP_START, *_WORDS}


def _lines(
    instance: DagsterInstance, run_id: str, known: Sequence[Declared], bound: Environment
) -> list[Line]:
    steps = {stats.step_key: stats for stats in instance.get_run_step_stats(run_id)}
    failures = instance.all_logs(run_id, of_type=DagsterEventType.STEP_FAILURE)
    reasons = {event.step_key: _reason(event) for event in failures}
    found = []
    for table in known:
        step = table.key.replace("/", "__")
        stats = steps.get(step)
        published = bound.lake.all_published(table.key).values()
        ended = stats.status.value if stats and stats.status else "SKIPPED"
        state = {"SUCCESS": "unchanged", "FAILURE": "failed"}.get(ended, "not run")
        if state == "unchanged" and _attempts(bound, run_id, table):
            state = "fresh"
        found.append(
            Line(
                key=table.key,
                rows=sum(pointer.rows for pointer in published),
                rejects=sum(pointer.rejects for pointer in published),
                seconds=stats.end_time - stats.start_time
                if stats and stats.end_time and stats.start_time
                else 0.0,
                state=state,
                reason=reasons.get(step, ""),
            )
        )
    return found


def _reason(event: dg.EventLogEntry) -> str:
    data = event.dagster_event.step_failure_data if event.dagster_event else None
    if data is None:
        return ""
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    return data.error.message.strip() if data.error else ""


def _attempts(bound: Environment, run_id: str, table: Declared) -> int:
    folder = bound.lake.root / "jobs" / table.key
    return sum(1 for _ in folder.glob(f"{run_id[:8]}-*"))


def _spark_jobs(bound: Environment, run_id: str, known: Sequence[Declared]) -> int:
    return sum(_attempts(bound, run_id, table) for table in known)


def _show(lines: Sequence[Line], bound: Environment, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("asset", no_wrap=True)
    for name in ("rows", "rejects", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("state")
    for line in lines:
        table.add_row(
            line.key, f"{line.rows:,}", f"{line.rejects:,}", f"{line.seconds:.1f}", line.state
        )
    console.print(table)
    for line in lines:
        if line.reason:
            console.print(
                f"\n{line.reason}", style="red", highlight=False, markup=False, soft_wrap=True
            )
    console.print(
        f'\nTables:   {bound.home / "warehouse.duckdb"} (seniorlink query "SELECT ...")\n'
        f"Rejects:  beside each table, as care.daily_notes_rejects\n"
        f"Extracts: {bound.home / 'extracts'} (open a .hyper file with Tableau)\n"
        "Next:     `make dev` opens the lineage, the runs and the checks at http://127.0.0.1:3000\n",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
