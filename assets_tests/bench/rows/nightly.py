"""The nightly run: one new day has landed."""

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison


def measure(bench: Bench) -> list[Comparison]:
    nights = bench.nights
    candidate = nights.seconds("nightly")
    said = [sample.last_line for sample in nights.samples["nightly"]]
    return [
        Comparison(
            "nightly run, one new day landed",
            candidate=candidate,
            baseline=nights.seconds("nightly monolith"),
            goal=0.3,
            notes={"said": said},
        ),
        Comparison(
            "for information: against an incremental monolith",
            candidate=candidate,
            baseline=nights.seconds("incremental monolith"),
        ),
    ]


row = Row(measure, steps=frozenset({"whole", "nightly"}))
