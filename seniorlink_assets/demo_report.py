"""Say what a run came to: a line per asset, why some failed, and where the results are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import dagster as dg
from dagster import DagsterEventType, DagsterInstance
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.environments import Environment

_STYLES = {"fresh": "green", "unchanged": "", "failed": "bold red", "not run": "yellow"}


@dataclass(frozen=True)
class Line:
    """What a run came to for one asset. `rows` are published; `reason` says why it failed."""

    key: str
    rows: int
    rejects: int
    seconds: float
    state: Literal["fresh", "unchanged", "failed", "not run"]
    reason: str = ""


def lines_of(
    instance: DagsterInstance,
    run_id: str | None,
    known: Sequence[Declared],
    stale: Collection[str],
    bound: Environment,
) -> list[Line]:
    """One line per asset, in the order of `known`; the run was about those that were `stale`."""
    started = _by_step(instance, run_id, DagsterEventType.STEP_START)
    succeeded = _by_step(instance, run_id, DagsterEventType.STEP_SUCCESS)
    failed = _by_step(instance, run_id, DagsterEventType.STEP_FAILURE)
    lost = _by_step(instance, run_id, DagsterEventType.STEP_WORKER_STARTED).keys() - (
        succeeded.keys() | failed.keys()
    )
    lines = []
    for table in known:
        step = table.key.replace("/", "__")
        ended = succeeded.get(step) or failed.get(step)
        if run_id is None or table.key not in stale:
            state = "unchanged"
        elif ended is None and step not in lost:
            state = "not run"
        elif step in failed or step in lost:
            state = "failed"
        else:
            state = "fresh" if attempts(bound, run_id, table) else "unchanged"
        published = bound.lake.all_published(table.key).values()
        lines.append(
            Line(
                key=table.key,
                rows=sum(pointer.rows for pointer in published),
                rejects=sum(pointer.rejects for pointer in published),
                seconds=ended.timestamp - started[step].timestamp if ended else 0.0,
                state=state,
                reason=_reason(table.key, failed.get(step)) if state == "failed" else "",
            )
        )
    return lines


def attempts(bound: Environment, run_id: str, table: Declared) -> int:
    """How many Spark jobs a run submitted for one asset."""
    return len([*(bound.lake.root / "jobs" / table.key).glob(f"{run_id[:8]}-*")])


def show(lines: Sequence[Line], bound: Environment, console: Console) -> None:
    """Prints the lines, the reasons in their order, and where to go from here."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("asset", no_wrap=True)
    for name in ("rows", "rejects", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("state", no_wrap=True)
    for line in lines:
        counts = (f"{line.rows:,}", f"{line.rejects:,}", f"{line.seconds:.1f}")
        table.add_row(line.key, *counts, Text(line.state, style=_STYLES[line.state]))
    console.print(table, highlight=False)
    for line in lines:
        if line.reason:
            console.print(
                f"\n{line.reason}", style="red", highlight=False, markup=False, soft_wrap=True
            )
    if any(line.reason for line in lines):
        console.print(
            "\nMend that, then run `seniorlink demo` again: only what failed and what lies below "
            "it is computed.",
            highlight=False,
            soft_wrap=True,
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


def _by_step(
    instance: DagsterInstance, run_id: str | None, kind: DagsterEventType
) -> dict[str, dg.EventLogEntry]:
    if run_id is None:
        return {}
    return {event.step_key or "": event for event in instance.all_logs(run_id, of_type=kind)}


def _reason(key: str, event: dg.EventLogEntry | None) -> str:
    if event is None:
        return f"{key}: its process ended without a word; its run in the UI says why"
    data = event.dagster_event.step_failure_data if event.dagster_event else None
    if data and data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error if data else None
    while error and error.cause:
        error = error.cause
    name = error.cls_name if error else "An error"
    return f"{key}: {name} was not foreseen; its run in the UI shows where it came from"
