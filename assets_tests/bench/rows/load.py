"""Loading into DuckDB and .hyper, against the engine's own bulk statement on the same files.

Each load goes into a new file, in this one process. A .hyper file needs a hyperd, which both sides
start for it.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from tableauhyperapi import Connection, CreateMode, HyperProcess, Telemetry

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison
from assets_tests.bench.monolith_loads import create_from
from assets_tests.bench.synthetic import snapshot_of
from seniorlink_assets.destination import Destination
from seniorlink_assets.extracts.folder import ExtractFolder
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import Contract


def measure(bench: Bench) -> list[Comparison]:
    folder, rows = bench.folder / "load", bench.sizes.loaded_rows
    table, tables = snapshot_of(folder / "lake", "bench/loaded", rows)
    extract, extracts = snapshot_of(folder / "lake", "tableau/loaded", rows)
    notes = {"rows": rows, "files": len(tables.files), "bytes": tables.manifest.bytes}
    sides: dict[str, Callable[[Path], None]] = {
        "DuckDB's own": lambda place: _duckdb(place, tables.files),
        "into DuckDB": lambda place: _publish(DuckDBWarehouse(place / "w.duckdb"), table, tables),
        "Hyper's own": lambda place: _hyper(place, extracts.files),
        "into .hyper": lambda place: _publish(ExtractFolder(place), extract, extracts),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for repetition in range(bench.sizes.runs + 1):
        for name, load in sides.items():
            with tempfile.TemporaryDirectory(dir=folder) as place:
                started = time.monotonic()
                load(Path(place))
                seconds = time.monotonic() - started
            if repetition:
                taken[name].append(seconds)
    return [
        Comparison(
            "load into DuckDB", taken["into DuckDB"], taken["DuckDB's own"], 1.15, "s", notes
        ),
        Comparison(
            "load into .hyper", taken["into .hyper"], taken["Hyper's own"], 1.15, "s", notes
        ),
    ]


def _publish(destination: Destination, contract: Contract, snapshot: Snapshot) -> None:
    destination.publish(destination.stage(contract, [snapshot], "bench"), "bench")


def _duckdb(place: Path, files: list[str]) -> None:
    """CREATE TABLE AS, on disk when it ends. The order of rows is not kept: that is faster."""
    config = {"preserve_insertion_order": False}
    with duckdb.connect(str(place / "w.duckdb"), config=config) as connection:
        connection.execute("CREATE TABLE loaded AS SELECT * FROM read_parquet(?)", [files])
        connection.execute("CHECKPOINT")


def _hyper(place: Path, files: list[str]) -> None:
    """CREATE TABLE AS over external Parquet, by a hyperd of its own."""
    parameters = {"log_config": "", "log_dir": str(place)}
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=parameters) as hyperd,
        Connection(hyperd.endpoint, place / "loaded.hyper", CreateMode.CREATE) as connection,
    ):
        connection.execute_command('CREATE SCHEMA "Extract"')
        connection.execute_command(create_from(files))


row = Row(measure, minutes=0.6)
