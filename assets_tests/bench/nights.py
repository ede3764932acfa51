"""The company's nights, computed by the monolith and by the platform in turn: many rows share them.

Every repetition begins with an empty home and goes through the steps that some row needs:

| step | baseline | candidate |
|---|---|---|
| whole | the monolith over all days | `seniorlink demo` in a home where they have landed |
| rerun | | `seniorlink demo` again |
| nightly | one more day lands; the monolith, and an incremental one | `seniorlink demo` |
| mended | | one more day lands while a mart is broken: `seniorlink demo` once it is mended |

Before every measurement all processes of the other side are ended; the pool of JVMs that a broken
run leaves behind is there when it is mended, as it would be.
"""

import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from assets_tests.bench.company import Company
from assets_tests.bench.copied_checkout import copied_checkout
from assets_tests.bench.home import CHECKOUT, Home, rows_of
from assets_tests.bench.measured import Measured

MART = "outcomes/assessment_changes"
"""The mart that fails: it has a mart and two extracts below it."""

_SPARE_DAYS = 2


@dataclass
class Nights:
    """Measurements by name: monolith, demo, rerun, and so on; all are made at the first look."""

    folder: Path
    caregivers: int
    days: int
    runs: int
    steps: frozenset[str]
    say: Callable[[str], None]
    _taken: dict[str, list[Measured]] = field(default_factory=lambda: defaultdict(list))

    @cached_property
    def company(self) -> Company:
        place = self.folder / "company"
        return Company.seeded(place, self.caregivers, self.days + _SPARE_DAYS)

    @cached_property
    def samples(self) -> dict[str, list[Measured]]:
        """Every measurement of every repetition, in order."""
        for number in range(1, self.runs + 1):
            self.say(f"repetition {number} of {self.runs}")
            place = self.folder / str(number)
            self._repetition(place)
            shutil.rmtree(place)
        return self._taken

    def seconds(self, name: str) -> list[float]:
        return [sample.seconds for sample in self.samples[name]]

    def megabytes(self, name: str) -> list[float]:
        return [sample.peak_bytes / 1e6 for sample in self.samples[name]]

    def _repetition(self, place: Path) -> None:
        *days, next_day, last_day = self.company.days
        home = Home(place / "home")
        self.company.land(days, home.landing)
        try:
            self._monolith("monolith", place, home, days)
            self._take("demo", home.seniorlink("demo"))
            self._compare(place / "monolith", home)
            if "rerun" in self.steps:
                home.rest()
                self._take("rerun", home.seniorlink("demo"))
            if "nightly" in self.steps:
                home.rest()
                self._nightly(place, home, [*days, next_day])
            if "mended" in self.steps:
                home.rest()
                self._mended(place, home, last_day)
        finally:
            home.remove()

    def _nightly(self, place: Path, home: Home, days: Sequence[str]) -> None:
        self.company.land([days[-1]], home.landing)
        shutil.copytree(place / "monolith", place / "incremental")
        self._monolith("nightly monolith", place, home, days)
        self._monolith("incremental monolith", place, home, days, place / "incremental", days[-1])
        self._take("nightly", home.seniorlink("demo"))
        self._compare(place / "monolith", home)
        self._compare(place / "incremental", home)

    def _mended(self, place: Path, home: Home, day: str) -> None:
        checkout = copied_checkout(place / "checkout")
        job = checkout / "spark" / f"{MART}.py"
        whole = job.read_text(encoding="utf-8")
        self.company.land([day], home.landing)
        broken = 'raise ValueError("broken on purpose")'
        job.write_text(whole.replace("    return", f"    {broken}\n    return", 1))
        self._take("broken", home.seniorlink("demo", checkout=checkout, fails=True))
        job.write_text(whole)
        self._take("mended", home.seniorlink("demo", checkout=checkout))

    def _monolith(
        self,
        name: str,
        place: Path,
        home: Home,
        days: Sequence[str],
        out: Path | None = None,
        day: str | None = None,
    ) -> None:
        """The plan is made beforehand, unmeasured: a monolith knows its tables."""
        plan = place / "plan.json"
        size = str(self.company.bytes_of([*days]))
        apart = Home(home.folder, {"SENIORLINK_ISOLATION": "fresh"})
        apart.run(_module("monolith_plan", str(plan), size), CHECKOUT)
        words = [
            str(plan),
            str(home.landing),
            str(out or place / "monolith"),
            *([day] if day else []),
        ]
        self._take(name, apart.run(_module("monolith", *words), CHECKOUT))
        apart.rest()

    def _take(self, name: str, sample: Measured) -> None:
        self.say(f"  {name}: {sample.seconds:.1f} s, {sample.peak_bytes / 1e6:.0f} MB")
        self._taken[name].append(sample)

    def _compare(self, out: Path, home: Home) -> None:
        """Both sides must have come to the same rows, or the comparison means nothing."""
        found, wanted = rows_of(out / "warehouse.duckdb"), home.rows()
        if found != wanted:
            odd = {key: (found.get(key), wanted.get(key)) for key in {*found, *wanted}}
            odd = {key: pair for key, pair in odd.items() if pair[0] != pair[1]}
            raise RuntimeError(f"rows of the monolith and of the platform differ: {odd}")


def _module(name: str, *words: str) -> list[str]:
    return [sys.executable, "-m", f"assets_tests.bench.{name}", *words]
