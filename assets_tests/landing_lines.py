"""Landing files read by hand: what csv and json make of every line, in DuckDB tables of text."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from spark.contract import LandingSet


def lines_of(folder: Path, landing: LandingSet) -> Iterator[tuple[list[str], bytes]]:
    """The header, if the format has one, and each line of the files of one day."""
    for file in sorted(folder.iterdir()):
        lines = file.read_bytes().split(b"\n")
        if not lines[-1]:
            lines.pop()
        header: list[str] = []
        if landing.format == "csv" and lines:
            header = lines.pop(0).decode().split(",")
        yield from ((header, line) for line in lines)


def create_table(connection: duckdb.DuckDBPyConnection, home: Path, landing: LandingSet) -> None:
    """The table `<system>_<set>`: the well-formed lines, every field as text, and their `day`."""
    columns = [column.name for column in landing.columns]
    rows = [
        [folder.name, *(fields.get(column) for column in columns)]
        for folder in sorted((home / landing.folder).iterdir())
        for header, line in lines_of(folder, landing)
        if (fields := _fields(header, line)) is not None
    ]
    name = "_".join(landing.key.split("/")[1:])
    types = ", ".join(f'"{column}" VARCHAR' for column in ("day", *columns))
    connection.execute(f"CREATE TABLE {name} ({types})")
    # One parameter: executemany() would run a statement per row.
    fields = ", ".join(f"row[{number}]" for number in range(1, len(columns) + 2))
    connection.execute(f"INSERT INTO {name} SELECT {fields} FROM (SELECT unnest(?) AS row)", [rows])


def _fields(header: list[str], line: bytes) -> dict[str, str | None] | None:
    try:
        text = line.decode()
        if not header:
            return {name: _text(value) for name, value in json.loads(text).items()}
    except ValueError:
        return None
    values = next(csv.reader([text]))
    if len(values) != len(header):
        return None
    return {name: value or None for name, value in zip(header, values, strict=True)}


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
