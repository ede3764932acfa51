"""The table that is printed, and the file that holds every single sample."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from assets_tests.bench.comparison import Comparison
from assets_tests.bench.sizes import Sizes

_STYLES = {"met": "green", "MISSED": "bold red", "": ""}


def show(taken: Mapping[str, Sequence[Comparison]], console: Console) -> None:
    """One line per comparison, with medians."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("row", no_wrap=True)
    table.add_column("what")
    for name in ("baseline", "candidate", "ratio", "goal"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row, comparisons in taken.items():
        for line in comparisons:
            table.add_row(
                row,
                line.what,
                _median(line.baseline, line.unit),
                _median(line.candidate, line.unit),
                "" if line.ratio is None else f"{line.ratio:.3f}",
                _goal(line),
                f"[{style}]{line.verdict}[/]" if (style := _STYLES[line.verdict]) else "",
            )
    console.print(table, highlight=False)
    fewest = min(len(line.candidate) for lines in taken.values() for line in lines)
    console.print(f"medians of {fewest} samples or more", highlight=False)


def save(
    path: Path,
    taken: Mapping[str, Sequence[Comparison]],
    sizes: Sizes,
    machine: Mapping[str, Any],
    versions: Mapping[str, str],
) -> None:
    """Writes what `show` showed, each row with everything it was made from.

    Rows that were not measured now stay as they are.
    """
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for row, lines in taken.items():
        rows[row] = {
            "machine": machine,
            "versions": versions,
            "sizes": asdict(sizes),
            "comparisons": [line.to_json() for line in lines],
        }
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _goal(line: Comparison) -> str:
    if line.goal is not None:
        return f"{line.goal:.2f}"
    return "" if line.limit is None else f"{line.limit:.2f} {line.unit}"


def _median(samples: Sequence[float], unit: str) -> str:
    if not samples:
        return ""
    middle = statistics.median(samples)
    return f"{middle:,.0f} {unit}" if unit == "MB" else f"{middle:.2f} {unit}"
