"""A thousand declared tables against a thousand bare assets: loading them, and showing them."""

import statistics

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison
from assets_tests.bench.home import Home
from assets_tests.bench.many import write_bare, write_tables
from assets_tests.bench.webserver import webserver

GOAL = 1.3


def measure(bench: Bench) -> list[Comparison]:
    folder, count = bench.folder / "definitions", bench.sizes.declared_tables
    sides = {
        "bare": (write_bare(folder / "bare", count), "bare_assets.definitions"),
        "declared": (write_tables(folder / "declared", count), "seniorlink_assets.definitions"),
    }
    taken: dict[tuple[str, str], list[float]] = {}
    for repetition in range(bench.sizes.runs + 1):
        for side, (checkout, module) in sides.items():
            home = Home(folder / f"{side}-home")
            (home.folder / "dagster").mkdir(parents=True, exist_ok=True)
            validated = home.dagster("definitions", "validate", "-m", module, checkout=checkout)
            with webserver(home, checkout, module) as ui:
                first = ui.first_answer(count)
                again = statistics.median(ui.answer() for _ in range(5))
            bench.say(f"  {side}: {validated.seconds:.1f} s, {first:.1f} s, {again:.2f} s")
            figures = {"validate": validated.seconds, "first": first, "again": again}
            for what, seconds in figures.items():
                if repetition:
                    taken.setdefault((side, what), []).append(seconds)
    what = {
        "validate": "dagster definitions validate",
        "first": "UI home, from the start of the webserver",
        "again": "UI home, all assets once more",
    }
    return [
        Comparison(
            title, taken["declared", name], taken["bare", name], GOAL, "s", {"assets": count}
        )
        for name, title in what.items()
    ]


row = Row(measure, minutes=0.5)
