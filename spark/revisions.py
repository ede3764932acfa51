"""Tell which landing lines others make superfluous: copies, and revisions that are not the last."""

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark.lines import try_cast

_PLACE = ("_source.day", "_source.file", "_source.line")


def is_repeated(lines: DataFrame, key: Sequence[str]) -> Column:
    """Whether an earlier line of the same key says the same in every field."""
    said = F.struct(*(name for name in lines.columns if not name.startswith("_")))
    copies = Window.partitionBy(*key).orderBy(said, *_PLACE)
    return F.lag(said).over(copies).eqNullSafe(said)


def is_superseded(key: Sequence[str], *, by: str, among: Column) -> Column:
    """Whether a line is `among` those that count, and one of them has its key and a later `by`."""
    latest = try_cast(by, "timestamp").desc_nulls_last()
    newest_first = Window.partitionBy(*key, among).orderBy(
        latest, *(F.desc(place) for place in _PLACE)
    )
    return among & (F.row_number().over(newest_first) > 1)


def casts(**types: str) -> Column:
    """Whether each named column is there and casts to its type."""
    return reduce(
        Column.__and__,
        (try_cast(name, wanted).isNotNull() for name, wanted in types.items()),
    )
