"""What the rows of one partition were found to hold, whoever looked at them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """What one partition holds; see the fields of the same names in Manifest."""

    rows: int
    violations: Mapping[str, int]
    present: Mapping[str, int]
    sums: Mapping[str, str]
    newest: str | None
    content: str


NOTHING = Found(rows=0, violations={}, present={}, sums={}, newest=None, content="")
