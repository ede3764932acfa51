"""The whole demo catalogue from nothing, in wall seconds."""

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison


def measure(bench: Bench) -> list[Comparison]:
    nights = bench.nights
    return [
        Comparison(
            "whole demo catalogue",
            candidate=nights.seconds("demo"),
            baseline=nights.seconds("monolith"),
            goal=1.0,
            notes={"company": nights.company.said},
        )
    ]


row = Row(measure, steps=frozenset({"whole"}))
