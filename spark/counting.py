"""Count rows by partition while they are computed, in the same pass over the data."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from spark.contract import WHOLE
from spark.once import Once


class Counts:
    """Named counts of a frame's rows, by partition, observed while what reads it is computed.

    The aggregates of `also` are observed with them.
    """

    def __init__(
        self,
        partitions: list[str],
        partition: Column,
        also: Mapping[str, Column] | None = None,
        /,
        **conditions: Column,
    ) -> None:
        self._partitions = partitions
        self._name = uuid4().hex
        self._frame: DataFrame | None = None
        self._counted: Mapping[str, Any] | None = None
        index, bins = _numbered(partitions, partition)
        # A histogram with at least as many bins as distinct values is not approximate: it counts
        # each value by itself, and unlike GROUP BY it can be observed. Merging equal values rounds
        # them, so they are doubles here and whole again in _by_partition().
        self._metrics = [aggregate.alias(name) for name, aggregate in (also or {}).items()]
        self._names = [*conditions]
        self._metrics += [
            F.histogram_numeric(F.when(condition, index), F.lit(bins)).alias(name)
            for name, condition in conditions.items()
        ]

    def observe(self, frame: DataFrame) -> DataFrame:
        self._frame = frame
        return frame.observe(self._name, *self._metrics)

    def get(self, computed: Once) -> Mapping[str, Mapping[str, int]]:
        """Name -> partition -> rows; partitions without are left out."""
        observed = self.observed(computed)
        return {name: self._by_partition(observed[name] or []) for name in self._names if observed}

    def observed(self, computed: Once) -> Mapping[str, Any]:
        """The histograms behind the counts, and each aggregate of `also`."""
        if self._frame is None:
            return {}
        observed = self._counted or computed.observed(self._name)
        if observed is None:
            # Not in the plan that ran: not used, or the optimizer has removed it, for instance
            # from a join with nothing. Or some of it ran twice.
            self._counted = observed = self._frame.agg(*self._metrics).collect()[0].asDict()
        return observed

    def _by_partition(self, bars: list[Row]) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for bar in bars:  # a value may have several bars: merged histograms only join them if full
            partition = _named(self._partitions, round(bar["x"]))
            counts[partition] = counts.get(partition, 0) + int(bar["y"])
        return counts


def _numbered(partitions: list[str], partition: Column) -> tuple[Column, int]:
    if partitions == [WHOLE]:
        return F.lit(0.0), 2
    first, last = date.fromisoformat(partitions[0]), date.fromisoformat(partitions[-1])
    days = (last - first).days + 1
    number = F.datediff(F.to_date(partition), F.lit(first))
    return F.when(number.between(0, days - 1), number.cast("double")), days + 1


def _named(partitions: list[str], number: int) -> str:
    if partitions == [WHOLE]:
        return WHOLE
    return (date.fromisoformat(partitions[0]) + timedelta(days=number)).isoformat()
