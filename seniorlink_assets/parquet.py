"""The Parquet files of a snapshot: their types, checked before anything is cast."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seniorlink_assets.destination import DestinationError
from spark.contract import Column, Contract

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def check_types(connection: "DuckDBPyConnection", contract: Contract, files: Sequence[str]) -> None:
    """DestinationError if a column is missing or of another type than the contract's.

    Without this a cast could fail on a value and quote it, or quietly change it.
    """
    described = connection.execute("DESCRIBE FROM read_parquet(?)", [list(files)]).fetchall()
    given = {name: kind for name, kind, *_ in described}
    for column in contract.columns:
        kind = given.get(column.name, "missing")
        if kind not in _written_as(column):
            raise DestinationError(
                f"{contract.key}: {column.name} is {kind} in {files[0]} but {column.type} in the "
                "contract; materialize it again, so that it is computed again"
            )


def _written_as(column: Column) -> tuple[str, ...]:
    """How DuckDB calls what Spark writes for a column; Spark's timestamps say that they are UTC."""
    kind = column.parsed.duckdb.upper()
    return {
        "JSON": ("VARCHAR", "JSON"),
        "TIMESTAMP": ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
    }.get(kind, (kind,))
