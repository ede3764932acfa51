"""A rerun with nothing changed, against the monolith, which computes everything again."""

import re

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison


def measure(bench: Bench) -> list[Comparison]:
    said = [sample.last_line for sample in bench.nights.samples["rerun"]]
    if any(not re.search(r"spark jobs: 0\b", line) for line in said):
        raise RuntimeError(f"a rerun with nothing changed submitted Spark jobs: {said}")
    return [
        Comparison(
            "rerun with nothing changed",
            candidate=bench.nights.seconds("rerun"),
            baseline=bench.nights.seconds("monolith"),
            goal=0.03,
            notes={"said": said},
        )
    ]


row = Row(measure, steps=frozenset({"whole", "rerun"}))
