"""Say what the runs of a plan came to: a line per asset, why some failed, where results are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import dagster as dg
from dagster import DagsterEventType, DagsterInstance
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.environments import Environment
from seniorlink_assets.recovery.plan import Finding, Plan
from seniorlink_assets.recovery.recover import Done, attempts
from seniorlink_assets.recovery.runs import runs_of

_STYLES = {"fresh": "green", "unchanged": "", "failed": "bold red", "not run": "yellow"}


@dataclass(frozen=True)
class Line:
    """What came of one asset. `rows` are published; `reason` says why it failed."""

    key: str
    rows: int
    rejects: int
    seconds: float
    state: Literal["fresh", "unchanged", "failed", "not run"]
    reason: str = ""

    @property
    def is_up_to_date(self) -> bool:
        return self.state in ("fresh", "unchanged")


def lines_of(
    instance: DagsterInstance,
    plan: Plan,
    done: Sequence[Done],
    known: Sequence[Declared],
    bound: Environment,
) -> list[Line]:
    """One line per asset, in the order of `known`: what became of it in the runs of a plan."""
    steps = [_Steps.of(instance, one) for one in done]
    planned = {key for run in runs_of(plan) for key in run.keys}
    left: dict[str, list[Finding]] = {}
    for finding in plan.findings:
        if not finding.recovered and finding.state != "held":
            left.setdefault(finding.key, []).append(finding)
    lines = []
    for table in known:
        own = [one for one in steps if table.key in one.done.run.keys]
        step = table.key.replace("/", "__")
        blocked = [one for one in left.get(table.key, []) if one.state == "blocked"]
        if any(step in one.failed or step in one.lost for one in own):
            state = "failed"
            reason = _reason(
                table.key, next((one.failed[step] for one in own if step in one.failed), None)
            )
        elif blocked:
            state, reason = "failed", _blocked(table.key, blocked)
        elif table.key in left or (table.key in planned and not _all_succeeded(step, own)):
            state, reason = "not run", ""
        else:
            computed = any(attempts(bound, one.done.run_id, table) for one in own)
            state, reason = "fresh" if computed else "unchanged", ""
        published = bound.lake.all_published(table.key).values()
        lines.append(
            Line(
                key=table.key,
                rows=sum(pointer.rows for pointer in published),
                rejects=sum(pointer.rejects for pointer in published),
                seconds=sum(one.seconds(step) for one in own),
                state=state,
                reason=reason,
            )
        )
    return lines


def show(lines: Sequence[Line], console: Console, command: str) -> None:
    """Prints the lines, and the reasons in their order."""
    if not lines:
        return
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
            f"\nMend that, then run `seniorlink {command}` again: only what failed and what lies "
            "below it is computed.",
            highlight=False,
            soft_wrap=True,
        )


def show_places(bound: Environment, known: Sequence[Declared], console: Console) -> None:
    """Prints where the results are."""
    first = next(table.contract for table in known if table.contract.kind == "table")
    console.print(
        f'\nTables:   {bound.warehouse.place} (seniorlink query "SELECT ...")\n'
        f"Rejects:  in tables of their own, as {bound.warehouse.rejects_table(first)}\n"
        f"Extracts: {bound.home / 'extracts'} (open a .hyper file with Tableau)\n"
        "Next:     `make dev` opens the lineage, the runs and the checks at http://127.0.0.1:3000\n",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


@dataclass(frozen=True)
class _Steps:
    """The steps of one run by what became of them; `lost` are those that never said."""

    done: Done
    started: Mapping[str, dg.EventLogEntry]
    succeeded: Mapping[str, dg.EventLogEntry]
    failed: Mapping[str, dg.EventLogEntry]
    lost: Collection[str]

    @classmethod
    def of(cls, instance: DagsterInstance, done: Done) -> "_Steps":
        def by_step(kind: DagsterEventType) -> dict[str, dg.EventLogEntry]:
            events = instance.all_logs(done.run_id, of_type=kind)
            return {event.step_key or "": event for event in events}

        succeeded = by_step(DagsterEventType.STEP_SUCCESS)
        failed = by_step(DagsterEventType.STEP_FAILURE)
        began = by_step(DagsterEventType.STEP_WORKER_STARTED)
        lost = began.keys() - (succeeded.keys() | failed.keys())
        return cls(done, by_step(DagsterEventType.STEP_START), succeeded, failed, lost)

    def seconds(self, step: str) -> float:
        ended = self.succeeded.get(step) or self.failed.get(step)
        return ended.timestamp - self.started[step].timestamp if ended else 0.0


def _all_succeeded(step: str, own: Sequence[_Steps]) -> bool:
    return bool(own) and all(step in one.succeeded for one in own)


def _blocked(key: str, findings: Sequence[Finding]) -> str:
    """What keeps some partitions from being tried; a terminal is no place for hundreds."""
    sentence, more = findings[0].reason, len(findings) - 1
    named = sentence if sentence.startswith(f"{key} ") else f"{key}: {sentence}"
    return named + (f"; and {more} more days, see `seniorlink plan`" if more else "")


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
