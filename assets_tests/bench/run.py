"""`make bench`: how long the platform takes and how much memory it needs, on this machine."""

import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from assets_tests.bench.measured import Measured, measured

CHECKOUT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
RESULTS = Path(__file__).with_name("results.json")

Row = dict[str, float | int | str]


def demo(home: Path) -> list[Row]:
    """The demo's default size from nothing, and again with nothing changed."""
    first = _seniorlink(home, "demo")
    second = _seniorlink(home, "demo")
    return [
        _row("demo, everything computed", first, last_line=first.output.splitlines()[-1]),
        _row("demo, nothing changed", second, last_line=second.output.splitlines()[-1]),
    ]


def seed(home: Path) -> list[Row]:
    """Ten million messages, with the other ten landing sets that belong to them."""
    seeded = _seniorlink(home, "seed", "--caregivers", "27800", "--days", "60")
    return [_row("seed, 10 million messages", seeded)]


def volume(home: Path) -> list[Row]:
    """A million messages a day: the memory of a job must not grow with the number of days."""
    rows = []
    for days in (4, 12):
        place = home / str(days)
        _seniorlink(place, "seed", "--caregivers", "170000", "--days", str(days))
        job = measured(
            [
                str(BIN / "dagster"), "asset", "materialize", "-m", "seniorlink_assets.definitions",
                "--select", "care/messages", "--partition-range", f"2025-01-01...2025-01-{days:02}",
            ],
            _environment(place),
            CHECKOUT,
        )  # fmt: skip
        rows.append(_row(f"care/messages, {days} days of a million", job))
    return rows


def load(home: Path) -> list[Row]:
    """Loading the code location, median of five."""
    command = [str(BIN / "dagster"), "definitions", "validate", "-w", "workspace.yaml"]
    runs = [measured(command, _environment(home), CHECKOUT) for _ in range(5)]
    middle = statistics.median(run.seconds for run in runs)
    return [{"row": "dagster definitions validate", "seconds": round(middle, 1)}]


ROWS: dict[str, Callable[[Path], list[Row]]] = {
    "load": load,
    "seed": seed,
    "demo": demo,
    "volume": volume,
}


def main() -> None:
    wanted = [name for name in os.environ.get("ONLY", "").split(",") if name] or list(ROWS)
    rows: list[Row] = []
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
            for row in ROWS[name](Path(folder) / "home"):
                print(" | ".join(str(value) for value in row.values()), flush=True)  # noqa: T201
                rows.append(row)
    machine = {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
    }
    RESULTS.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")


def _seniorlink(home: Path, *arguments: str) -> Measured:
    return measured([str(BIN / "seniorlink"), *arguments], _environment(home), CHECKOUT)


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SENIORLINK")}
    (home / "dagster").mkdir(parents=True, exist_ok=True)
    return {**kept, "SENIORLINK_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}


def _row(name: str, run: Measured, **more: str) -> Row:
    return {
        "row": name,
        "seconds": round(run.seconds, 1),
        "peak_megabytes": round(run.peak_bytes / 1e6),
        **more,
    }


if __name__ == "__main__":
    main()
