"""One mart fails in a nightly run and is mended: from then until all is green.

The monolith has to run again as a whole; its figure is of one that had two days less to compute.
"""

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison
from assets_tests.bench.nights import MART


def measure(bench: Bench) -> list[Comparison]:
    nights = bench.nights
    said = [sample.last_line for sample in nights.samples["mended"]]
    return [
        Comparison(
            "one mart fails and is mended",
            candidate=nights.seconds("mended"),
            baseline=nights.seconds("monolith"),
            goal=0.15,
            notes={"mart": MART, "said": said},
        )
    ]


row = Row(measure, steps=frozenset({"whole", "mended"}))
