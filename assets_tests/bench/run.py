"""`make bench`: what the platform costs, against baselines measured in the same run."""

import os
import signal
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison
from assets_tests.bench.machine import machine, versions
from assets_tests.bench.report import save, show
from assets_tests.bench.rows import (
    catalogue,
    definitions,
    large,
    load,
    memory,
    mended,
    nightly,
    overhead,
    redshift,
    rerun,
    seed,
    volume,
)
from assets_tests.bench.sizes import Sizes, sizes

RESULTS = Path(__file__).with_name("results.json")

ROWS: dict[str, Row] = {
    "overhead": overhead.row,
    "catalogue": catalogue.row,
    "large": large.row,
    "nightly": nightly.row,
    "rerun": rerun.row,
    "mended": mended.row,
    "load": load.row,
    "redshift": redshift.row,
    "memory": memory.row,
    "definitions": definitions.row,
    "seed": seed.row,
    "volume": volume.row,
}

_MINUTES = {"whole": 2.5, "rerun": 0.2, "nightly": 3.0, "mended": 2.0}
"""Of each step of the nights, on two slow cores at the demo's size."""


def main() -> None:
    """Measures the rows that ONLY names, by default all, and writes results.json."""
    # Whoever ends this also ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console()
    wanted = [name for name in os.environ.get("ONLY", "").split(",") if name] or list(ROWS)
    unknown = [name for name in wanted if name not in ROWS]
    if unknown:
        sys.exit(f"ONLY names {', '.join(unknown)}; the rows are {', '.join(ROWS)}")
    rows, measured_at = {name: ROWS[name] for name in ROWS if name in wanted}, sizes()
    steps = frozenset(step for row in rows.values() for step in row.steps)
    console.print(f"about {_minutes(rows, steps, measured_at):.0f} minutes at the default sizes")
    taken: dict[str, list[Comparison]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        say = console.print
        bench = Bench(
            Path(folder),
            measured_at,
            steps,
            lambda text: say(text, highlight=False, soft_wrap=True),
        )
        for name, row in rows.items():
            console.print(name, style="bold")
            taken[name] = [*row.measure(bench)]
            save(RESULTS, taken, measured_at, machine(), versions())
    show(taken, console)
    console.print(f"every sample: {RESULTS}", highlight=False, soft_wrap=True)


def _minutes(rows: dict[str, Row], steps: frozenset[str], at: Sizes) -> float:
    repeated = sum(
        row.minutes * (at.large_runs if name == "large" else at.runs)
        for name, row in rows.items()
        if name not in ("seed", "volume")
    )
    once = sum(rows[name].minutes for name in ("seed", "volume") if name in rows)
    return repeated + once + at.runs * sum(_MINUTES[step] for step in steps)


if __name__ == "__main__":
    main()
