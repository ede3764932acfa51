"""A million messages a day: the memory of a job must not grow with the number of days."""

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison
from assets_tests.bench.home import Home


def measure(bench: Bench) -> list[Comparison]:
    return [figure for days in (4, 12) for figure in _of(bench, days)]


def _of(bench: Bench, days: int) -> list[Comparison]:
    home = Home(bench.folder / f"volume-{days}")
    home.seniorlink("seed", "--caregivers", "170000", "--days", str(days))
    job = home.dagster(
        *("asset", "materialize", "-m", "seniorlink_assets.definitions"),
        *("--select", "care/messages", "--partition-range", f"2025-01-01...2025-01-{days:02}"),
    )
    home.remove()
    what = f"care/messages, {days} days of a million"
    return [
        Comparison(what, candidate=[job.seconds]),
        Comparison(f"{what}: peak memory", candidate=[job.peak_bytes / 1e6], unit="MB"),
    ]


row = Row(measure, minutes=6)
