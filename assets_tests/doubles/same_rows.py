"""The rows of a table in DuckDB and in Redshift, read without our code, as comparable values."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from assets_tests.doubles.cloud import Cloud
from spark.contract import Contract

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Tables:
    """The tables of one warehouse; `rejects_of` is where the rejects of a table are."""

    query: Callable[[str], list[Row]]
    rejects_of: str

    def rows(self, contract: Contract) -> list[Row]:
        """All rows, in the order of their keys; JSON as what it says."""
        names = ", ".join(f'"{column.name}"' for column in contract.columns)
        found = self.query(f'SELECT {names} FROM "{contract.schema}"."{contract.name}"')
        nested = {
            place
            for place, column in enumerate(contract.columns)
            if column.parsed.redshift == "super"
        }
        keys = [contract.column_names.index(name) for name in contract.primary_key]
        return sorted(
            (
                tuple(_said(value) if place in nested else value for place, value in enumerate(row))
                for row in found
            ),
            key=lambda row: [row[place] for place in keys],
        )

    def rejects(self, contract: Contract) -> list[Row]:
        place = self.rejects_of.format(schema=contract.schema, name=contract.name)
        columns = 'partition", "source_file", "source_line", "reason", "row'
        return sorted(self.query(f'SELECT "{columns}" FROM {place}'), key=repr)


def in_duckdb(home: Path) -> Tables:
    """The tables of a home."""

    def query(sql: str) -> list[Row]:
        with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return Tables(query, '"{schema}"."{name}_rejects"')


def in_redshift(there: Cloud) -> Tables:
    """The tables of a double."""
    return Tables(there.rows, '"seniorlink"."{schema}.{name}.rejects"')


def _said(value: Any) -> Any:
    """What JSON says, whether a driver gives its text or has read it."""
    return json.loads(value) if isinstance(value, str) else value
