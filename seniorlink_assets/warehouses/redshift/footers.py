"""The footers of Parquet files in the lake, which tell of types and values; no more is read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from seniorlink_assets.destination import DestinationError
from seniorlink_assets.storage.base import Storage
from spark.contract.manifest import DataFile

AGAIN = "compute it again in a run with the tag seniorlink/recompute=true"
"""What to do about files that are not what they must be."""

_LIKELY = 64 << 10
"""Bytes at the end of a file in which its footer likely is."""

_MAGIC = b"PAR1"
_TRAILER = 8
"""Bytes of what follows a footer: its length, and the magic."""


@dataclass(frozen=True)
class FileColumn:
    """A column of a file.

    `kind` is its type as contracts call it, or what DuckDB and Parquet call one that no contract
    asks for. What statistics tell is a least: how many values are NULL, the bytes of the longest
    text, and whether a day or moment lies outside of those that Redshift knows.
    """

    name: str
    kind: str
    nulls: int
    longest: int
    is_outside: bool


@dataclass(frozen=True)
class Footer:
    """`file` is a name in the lake."""

    file: str
    columns: tuple[FileColumn, ...]


def footers(lake: Storage, files: Sequence[DataFile]) -> list[Footer]:
    """The footer of each file; DestinationError if one is missing, of another size, or no Parquet.

    Each costs one request, which also tells the size.
    """
    if not files:
        return []
    read = lake.each(lambda file: _footer(lake, file), files)
    with TemporaryDirectory(prefix="seniorlink-") as folder:
        paths = {str(Path(folder, f"{number}.parquet")): file for number, file in enumerate(files)}
        for path, footer in zip(paths, read, strict=True):
            # DuckDB looks at the magic and the footer, whatever lies between them.
            Path(path).write_bytes(_MAGIC + footer)
        columns = _columns(lake, paths)
    return [Footer(file.path, columns[path]) for path, file in paths.items()]


def _footer(lake: Storage, file: DataFile) -> bytes:
    """The footer, and its trailer."""
    found = lake.ending(file.path, _LIKELY)
    if found is None:
        raise _broken(lake, file, "is missing")
    end, size = found
    if size != file.bytes:
        raise _broken(lake, file, f"has {size} bytes where its manifest says {file.bytes}")
    length = int.from_bytes(end[-_TRAILER : -len(_MAGIC)], "little") + _TRAILER
    if not end.endswith(_MAGIC) or length > size:
        raise _broken(lake, file, "is no Parquet file")
    if length > len(end):
        end = lake.tail(file.path, length) or b""
    return end[-length:]


def _broken(lake: Storage, file: DataFile, what: str) -> DestinationError:
    return DestinationError(
        f"{lake.where(file.path)} {what}; {AGAIN}", details={"file": file.path, "remedy": AGAIN}
    )


_SCHEMAS = """
SELECT file_name, name, coalesce(num_children, 0), type, converted_type, logical_type, precision,
    scale, duckdb_type
FROM parquet_schema($files) ORDER BY file_name, column_id
"""

# What is infinite has no year.
_STATISTICS = """
SELECT file_name, path_in_schema, coalesce(sum(stats_null_count), 0)::BIGINT,
    coalesce(max(greatest(strlen(stats_min_value), strlen(stats_max_value))), 0),
    coalesce(bool_or(
        stats_min_value IS NOT NULL
        AND coalesce(year(try_cast(stats_min_value AS DATE)), -4713) < -4712
        OR stats_max_value IS NOT NULL
        AND coalesce(year(try_cast(stats_max_value AS DATE)), 294277) > 294276
    ), false)
FROM parquet_metadata($files) GROUP BY ALL
"""


def _columns(lake: Storage, paths: Mapping[str, DataFile]) -> Mapping[str, tuple[FileColumn, ...]]:
    import duckdb

    files = {"files": [*paths]}
    try:
        with duckdb.connect() as connection:
            elements = connection.execute(_SCHEMAS, files).fetchall()
            statistics = connection.execute(_STATISTICS, files).fetchall()
    except duckdb.Error as error:
        for path, file in paths.items():  # DuckDB does not say which it is
            if len(paths) == 1:
                raise _broken(lake, file, "has a footer that cannot be read") from error
            _columns(lake, {path: file})
        raise
    told = {(path, name): tuple(numbers) for path, name, *numbers in statistics}

    def column(path: str, name: str, children: int, *kind: Any) -> FileColumn:
        nulls, longest, is_outside = told.get((path, name), (0, 0, False))
        shown = _kind(children, *kind)
        is_day = shown in ("date", "timestamp")
        return FileColumn(name, shown, nulls, longest, is_outside and is_day)

    return {
        path: tuple(column(*element) for element in _own(within))
        for path, within in groupby(elements, itemgetter(0))
    }


def _own(elements: Iterable[tuple]) -> Iterator[tuple]:
    """The columns of a schema, without its root and what is nested in them."""
    _, *below = elements
    nested = 0
    for element in below:
        children = element[2]
        if nested:
            nested += children - 1
        else:
            nested = children
            yield element


_KINDS = {
    ("INT32", "INT_16"): "smallint",
    ("INT32", "INT_32"): "integer",
    ("INT32", None): "integer",
    ("INT64", "INT_64"): "bigint",
    ("INT64", None): "bigint",
    ("DOUBLE", None): "double",
    ("BOOLEAN", None): "boolean",
    ("INT32", "DATE"): "date",
    ("INT64", "TIMESTAMP_MICROS"): "timestamp",
    ("BYTE_ARRAY", "UTF8"): "varchar",
}
"""By Parquet's physical and converted type."""


def _kind(
    children: int,
    physical: str | None,
    converted: str | None,
    logical: str | None,
    precision: int | None,
    scale: int | None,
    duckdb: str,
) -> str:
    if converted == "DECIMAL" and physical != "BYTE_ARRAY":
        return f"decimal({precision},{scale})"
    known = _KINDS.get((physical or "", converted))
    if known and (converted or not logical):
        return known
    if children:
        return "nested"
    return f"{duckdb.lower()} ({' '.join(filter(None, (physical, converted)))})"
