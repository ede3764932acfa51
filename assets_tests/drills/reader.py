"""A process that reads all that is published, again and again, and writes down what it saw.

It ends when its standard input does.
"""

import json
import os
import select
import sys
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from tableauhyperapi import Connection, HyperProcess, Telemetry

from assets_tests.drills.company import OVERVIEW, READINGS, TOTALS, WARD
from seniorlink_assets.warehouses.duckdb_session import DuckDBFile

_SECONDS = 0.1
_TABLES = (*WARD, READINGS, TOTALS)
_COUNTED = "SELECT CAST(day AS text), min(version), max(version), count(*) FROM {} GROUP BY 1"


def main() -> None:
    home, seen = Path(sys.argv[1]), Path(sys.argv[2])
    warehouse = DuckDBFile(home / "warehouse.duckdb", "1GB", 1, patience=60)
    live = home / "extracts" / f"{OVERVIEW.partition('/')[2]}.hyper"
    folder = seen.parent / "reader"
    folder.mkdir()
    parameters = {"log_config": "", "log_dir": str(folder)}
    with (
        seen.open("a") as stream,
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=parameters) as hyper,
    ):
        extract, identity = {}, ()
        while not select.select([sys.stdin], [], [], _SECONDS)[0]:
            with warehouse.session(write=False) as connection:
                found = {key: _by_day(_rows(connection, key)) for key in _TABLES}
            with live.open("rb") as source:
                stamp = tuple(os.fstat(source.fileno()))[:9]
                if stamp != identity:
                    (folder / "copy.hyper").write_bytes(source.read())
                    extract, identity = _read(hyper, folder / "copy.hyper"), stamp
            stream.write(json.dumps({**found, OVERVIEW: extract}) + "\n")
            stream.flush()


def _rows(connection: DuckDBPyConnection, key: str) -> list[Any]:
    return connection.execute(_COUNTED.format(key.replace("/", "."))).fetchall()


def _read(hyper: HyperProcess, path: Path) -> dict[str, Any]:
    with Connection(hyper.endpoint, path) as connection:
        return _by_day(connection.execute_list_query(_COUNTED.format('"Extract"."Extract"')))


def _by_day(rows: list[Any]) -> dict[str, list[int]]:
    return {day: [first, last, count] for day, first, last, count in rows}


if __name__ == "__main__":
    main()
