"""Show a plan: a line per range of days that has the same thing wrong, and what it will take."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import dagster as dg
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seniorlink_assets.recovery.plan import Finding, Plan, State
from seniorlink_assets.recovery.runs import Run, estimate, runs_of
from seniorlink_assets.schema_change import SchemaChange
from spark.contract import WHOLE

_STYLES: Mapping[State, str] = {
    "failed": "bold red",
    "blocked": "bold red",
    "interrupted": "red",
    "missing": "yellow",
    "stale": "yellow",
    "held": "magenta",
    "running": "cyan",
}

_WIDE = 200
"""Columns where no terminal says how many it has."""


_BY_SWAP = "by the new table that takes its place"


@dataclass(frozen=True)
class Line:
    """Days in a row, or a whole table, of which the same is to be said."""

    key: str
    first: str
    last: str
    state: State
    reason: str

    @property
    def partitions(self) -> str:
        if self.first == WHOLE:
            return ""
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


def lines_of(plan: Plan) -> list[Line]:
    numbers = {day: number for number, day in enumerate([WHOLE, *plan.days])}
    lines: list[Line] = []
    for finding in plan.findings:
        last = lines[-1] if lines else None
        if (
            last is not None
            and (last.key, last.state, last.reason) == (finding.key, finding.state, finding.reason)
            and numbers[last.last] + 1 == numbers[finding.partition]
        ):
            lines.pop()
            lines.append(_line(finding, last.first))
        else:
            lines.append(_line(finding, finding.partition))
    return lines


def to_json(plan: Plan) -> dict[str, Any]:
    """The whole plan, every partition by itself."""
    runs = runs_of(plan)
    return {
        "days": list(plan.days),
        "partitions": [asdict(finding) for finding in plan.findings],
        "runs": [{"keys": run.keys, "first": run.first, "last": run.last} for run in runs],
        "spark_jobs": asdict(estimate(plan, runs)),
        "schema_changes": [
            {"key": key, "kind": change.kind, "change": change.sentence, "runs": [*statements]}
            for key, change, statements in _schema_changes(plan)
        ],
    }


def to_table(plan: Plan) -> dg.TableMetadataValue:
    """The lines as Dagster shows them."""
    return dg.MetadataValue.table(
        [
            dg.TableRecord(
                {
                    "asset": line.key,
                    "days": line.partitions,
                    "state": line.state,
                    "why": line.reason,
                }
            )
            for line in lines_of(plan)
        ],
        schema=dg.TableSchema([dg.TableColumn(name) for name in ("asset", "days", "state", "why")]),
    )


def wide_console() -> Console:
    """A console that folds no line where no terminal says how wide it is."""
    return Console(width=None if Console().is_terminal else _WIDE)


def show_plan(plan: Plan, console: Console) -> None:
    """Prints the lines, how live tables will change, and what recovery will do in one sentence."""
    if plan.findings:
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("asset", no_wrap=True)
        table.add_column("days", no_wrap=True)
        table.add_column("state", no_wrap=True)
        table.add_column("why", overflow="fold")
        for line in lines_of(plan):
            state = Text(line.state, style=_STYLES.get(line.state, ""))
            table.add_row(line.key, line.partitions, state, Text(line.reason))
        console.print(table, highlight=False)
        console.print()
    if plan.schema_changes:
        console.print(_changes_table(plan), highlight=False)
        console.print()
    console.print(summary(plan), highlight=False, markup=False, soft_wrap=True)


def summary(plan: Plan) -> str:
    """What recovery will do, in one sentence."""
    if not plan.findings:
        return f"Up to date: {len(plan.tables)} assets{_over(plan)}."
    runs = runs_of(plan)
    if not runs:
        return "Nothing of this can be recovered now."
    jobs = estimate(plan, runs)
    count = f"{jobs.least}" if jobs.least == jobs.most else f"{jobs.least} to {jobs.most}"
    plural = "job" if count == "1" else "jobs"
    return (
        f"`seniorlink recover` takes {count} Spark {plural}, in {_counted(runs)}: "
        f"{'; '.join(map(about, runs))}."
    )


def _schema_changes(plan: Plan) -> Iterator[tuple[str, SchemaChange, Sequence[str]]]:
    """Each with what is run for it: nothing where a new table takes the place of the live one."""
    for table in plan.tables:
        for change in plan.schema_changes.get(table.key, ()):
            statements = change.statements if table.contract.partition_by else ()
            yield table.key, change, statements


def _changes_table(plan: Plan) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("schema change", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("what", overflow="fold")
    for key, change, statements in _schema_changes(plan):
        style = "bold red" if change.kind == "breaking" else ""
        table.add_row(key, Text(change.kind, style=style), Text(change.sentence))
        for statement in statements or [_BY_SWAP]:
            table.add_row("", "", Text(f"  {statement}", style="dim"))
    return table


def _line(finding: Finding, first: str) -> Line:
    return Line(finding.key, first, finding.partition, finding.state, finding.reason)


def _over(plan: Plan) -> str:
    return f", {plan.days[0]} to {plan.days[-1]}" if plan.days else ""


def _counted(runs: Sequence[Run]) -> str:
    return "one run" if len(runs) == 1 else f"{len(runs)} runs"


def about(run: Run) -> str:
    """So many assets, and the days."""
    assets = "1 asset" if len(run.tables) == 1 else f"{len(run.tables)} assets"
    if run.first is None:
        return assets
    return f"{assets}, {run.first if run.first == run.last else f'{run.first} to {run.last}'}"
