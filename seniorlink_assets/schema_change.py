"""What is different between a live table and its contract, and how it becomes the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "additive",  # a column more, which readers may ignore
    "widening",  # a column holds all that it held, and more
    "physical",  # only where and how rows are stored
    "breaking",  # a query of a reader may fail, or a value that was there may not be
]


@dataclass(frozen=True)
class SchemaChange:
    """One difference; `statements` are run where the live table stays, before the new rows come.

    Where the new table takes the place of the live one nothing is run. One without statements
    takes that, but for a physical one, which can wait for it.
    """

    kind: Kind
    sentence: str
    statements: tuple[str, ...] = ()

    @property
    def needs_swap(self) -> bool:
        return not self.statements and self.kind != "physical"


def breaking(changes: Sequence[SchemaChange]) -> str:
    """Why changes are not made that nobody has allowed; "" if none of them breaks anything."""
    sentences = [change.sentence for change in changes if change.kind == "breaking"]
    if not sentences:
        return ""
    return (
        f"{'; '.join(sentences)}: that may break its readers, so allow it with `seniorlink recover "
        "--allow-breaking`, or take it back in the declaration"
    )


def cannot_stay(key: str, change: SchemaChange, partitions: int) -> str:
    """Why a change cannot be made: it takes a new table, and a run has only some partitions."""
    return (
        f"{key}: {change.sentence}, which takes a new table; materialize all of its {partitions} "
        "partitions in one run"
    )
