"""Partitions as a person reads them."""

from collections.abc import Sequence

from spark.contract import WHOLE


def shown_partitions(partitions: Sequence[str]) -> str:
    """One partition, or how many there are from the first to the last."""
    if list(partitions) == [WHOLE]:
        return "the whole table"
    if len(partitions) == 1:
        return partitions[0]
    return f"{len(partitions)} days, {partitions[0]} to {partitions[-1]}"
