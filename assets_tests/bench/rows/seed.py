"""Seeding ten million messages, with the other ten landing sets that belong to them."""

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison
from assets_tests.bench.home import Home


def measure(bench: Bench) -> list[Comparison]:
    home = Home(bench.folder / "seed")
    seeded = home.seniorlink("seed", "--caregivers", "27800", "--days", "60")
    home.remove()
    return [
        Comparison(
            "seed, 10 million messages",
            candidate=[seeded.seconds],
            notes={"said": seeded.last_line, "peak_megabytes": round(seeded.peak_bytes / 1e6)},
        )
    ]


row = Row(measure, minutes=0.5)
