"""The peak memory of the whole run: Dagster, every job, every waiting JVM and the loads."""

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison


def measure(bench: Bench) -> list[Comparison]:
    return [
        Comparison(
            "peak memory of the whole run",
            candidate=bench.nights.megabytes("demo"),
            baseline=bench.nights.megabytes("monolith"),
            goal=1.5,
            unit="MB",
        )
    ]


row = Row(measure, steps=frozenset({"whole"}))
