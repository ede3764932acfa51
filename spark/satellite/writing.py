"""Write rows as Parquet with the types that Spark gives them, a file for each partition."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from spark.contract import Contract

_AT_ONCE = 10_000
"""Rows that are kept in memory before they are drafted."""

REJECTS = {
    "partition": "varchar",
    "source_file": "varchar",
    "source_line": "bigint",
    "reason": "varchar",
    "row": "varchar",
}


class Drafts:
    """Rows by partition, as text in files of this machine until they are written as Parquet.

    `columns` names DuckDB's types.
    """

    def __init__(self, folder: Path, columns: Mapping[str, str], sort_by: Sequence[str]) -> None:
        folder.mkdir(parents=True)
        self._folder, self._columns, self._sort_by = folder, columns, sort_by
        self._waiting: dict[str, list[str]] = defaultdict(list)
        self._lines = 0
        self.rows: Counter[str] = Counter()

    def add(self, partition: str, values: Iterable[Any]) -> None:
        texts = {name: _text(value) for name, value in zip(self._columns, values, strict=True)}
        self._waiting[partition].append(json.dumps(texts))
        self.rows[partition] += 1
        self._lines += 1
        if self._lines == _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        for partition, lines in self._waiting.items():
            with (self._folder / f"{partition}.jsonl").open("a", encoding="utf-8") as draft:
                draft.writelines(f"{line}\n" for line in lines)
        self._waiting.clear()
        self._lines = 0

    def write(self, connection: duckdb.DuckDBPyConnection) -> Mapping[str, Path]:
        """A Parquet file of each partition that has rows."""
        self._flush()
        texts = dict.fromkeys(self._columns, "VARCHAR")
        casts = ", ".join(
            f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in self._columns.items()
        )
        order = ", ".join(f'"{name}" NULLS FIRST' for name in self._sort_by)
        written = {}
        for partition in sorted(self.rows):
            path = self._folder / f"{partition}.parquet"
            rows = connection.read_json(
                str(self._folder / f"{partition}.jsonl"),
                columns=texts,
                format="newline_delimited",
                maximum_object_size=1 << 28,
            )
            sorted_rows = rows.project(casts).order(order) if order else rows.project(casts)
            sorted_rows.write_parquet(str(path), compression="snappy")
            written[partition] = path
        return written


def columns_of(contract: Contract) -> Mapping[str, str]:
    """DuckDB's types for a contract's columns, as the destinations expect them in Parquet."""
    # Spark's timestamps say that they are UTC, and super travels as text.
    written = {"timestamp": "timestamp with time zone", "json": "varchar"}
    return {
        column.name: written.get(column.parsed.duckdb, column.parsed.duckdb)
        for column in contract.columns
    }


def _text(value: Any) -> str | None:
    """A value in the words that DuckDB casts back without loss."""
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return repr(value)
