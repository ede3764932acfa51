"""What a person asks for by name: a table or extract, and partitions of it."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from seniorlink_assets.catalogue import Declared, tables
from seniorlink_assets.definitions import definitions
from seniorlink_assets.lake import Lake
from seniorlink_assets.sentence import SentenceError
from spark.contract import WHOLE


class UnknownNameError(SentenceError):
    """A name that nothing has; says which are like it."""


def every_table() -> list[Declared]:
    """The catalogue of this checkout."""
    definitions()  # declares the tables
    return [*tables()]


def table_called(key: str, known: Iterable[Declared]) -> Declared:
    """The table or extract with this key."""
    by_key = {table.key: table for table in known}
    if key in by_key:
        return by_key[key]
    close = get_close_matches(key, by_key, n=3, cutoff=0.5)
    raise UnknownNameError(
        f"{key!r} is no table or extract; "
        + (f"did you mean {' or '.join(close)}?" if close else "write schema/table: care/messages")
    )


def published_partitions(table: Declared, asked: Sequence[str], lake: Lake) -> list[str]:
    """The published partitions that were asked for, in order; all if none was."""
    published = lake.all_published(table.key)
    if table.contract.partition_by is None:
        if asked:
            raise UnknownNameError(
                f"{table.key} is not partitioned; leave out --partition {asked[0]}"
            )
        found = [WHOLE] if WHOLE in published else []
    else:
        found = sorted({*published} - {WHOLE})
    if not found:
        raise UnknownNameError(f"nothing of {table.key} is published; materialize it first")
    for partition in asked:
        if partition not in found:
            close = get_close_matches(partition, found, n=3) or found[-3:]
            raise UnknownNameError(
                f"nothing of {table.key} {partition} is published; "
                f"its partitions are like {', '.join(close)}"
            )
    return sorted({*asked}) or found
