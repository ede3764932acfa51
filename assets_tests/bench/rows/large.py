"""The whole catalogue at a size for which the monolith needs five minutes."""

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison
from assets_tests.bench.nights import Nights


def measure(bench: Bench) -> list[Comparison]:
    sizes = bench.sizes
    nights = Nights(
        bench.folder / "large",
        sizes.large_caregivers,
        sizes.days,
        sizes.large_runs,
        frozenset({"whole"}),
        bench.say,
    )
    return [
        Comparison(
            "whole catalogue, large",
            candidate=nights.seconds("demo"),
            baseline=nights.seconds("monolith"),
            goal=0.95,
            notes={"company": nights.company.said, "caregivers": sizes.large_caregivers},
        ),
        Comparison(
            "for information: its peak memory",
            candidate=nights.megabytes("demo"),
            baseline=nights.megabytes("monolith"),
            unit="MB",
        ),
    ]


row = Row(measure, minutes=11)
