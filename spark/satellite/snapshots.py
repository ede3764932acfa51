"""Rows of published Parquet files as dicts of Python's values."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from spark.contract import Column, Contract

_AT_ONCE = 2_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_snapshots(
    connection: duckdb.DuckDBPyConnection, contract: Contract, files: Sequence[Path]
) -> Iterator[dict[str, Any]]:
    """The rows of a table's files; its timestamps are in UTC, and super is JSON text."""
    if not files:
        return
    moments = [column.name for column in contract.columns if column.type == "timestamp"]
    columns = ", ".join(map(_selected, contract.columns))
    cursor = connection.cursor().execute(
        f"SELECT {columns} FROM read_parquet(?)",  # noqa: S608
        [[str(file) for file in files]],
    )
    while rows := cursor.fetchmany(_AT_ONCE):
        for values in rows:
            row = dict(zip(contract.column_names, values, strict=True))
            for name in moments:
                if row[name] is not None:
                    row[name] = _EPOCH + timedelta(microseconds=row[name])
            yield row


def _selected(column: Column) -> str:
    # Not as a timestamp, which DuckDB gives to Python in the zone of the machine.
    name = f'"{column.name}"'
    return f"epoch_us({name}) AS {name}" if column.type == "timestamp" else name
