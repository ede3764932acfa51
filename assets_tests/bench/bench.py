"""What a row is given, and what it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assets_tests.bench.comparison import Comparison
from assets_tests.bench.nights import Nights
from assets_tests.bench.sizes import Sizes


@dataclass
class Bench:
    """A folder to work in, the sizes, and the nights that the wanted rows share."""

    folder: Path
    sizes: Sizes
    steps: frozenset[str]
    say: Callable[[str], None]

    @cached_property
    def nights(self) -> Nights:
        """At the demo's size."""
        place, sizes = self.folder / "nights", self.sizes
        return Nights(place, sizes.caregivers, sizes.days, sizes.runs, self.steps, self.say)


@dataclass(frozen=True)
class Row:
    """How to measure it, which steps of the nights it needs, and how long it takes.

    `minutes` are those of one repetition on two slow cores at the default sizes; what the nights
    take is said by their steps.
    """

    measure: Callable[[Bench], Sequence[Comparison]]
    steps: frozenset[str] = frozenset()
    minutes: float = 0.0
