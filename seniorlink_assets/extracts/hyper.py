# ruff: noqa: S608 - names come from contracts, which allow lower case, digits and _ only
"""build_hyper(): snapshots become one .hyper file, read back and found complete."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seniorlink_assets.destination import DestinationError
from seniorlink_assets.parquet import check_types
from seniorlink_assets.reconciliation import Compared, Totals, reconcile
from seniorlink_assets.snapshot import Snapshot
from spark.contract import WHOLE, Column, Contract

if TYPE_CHECKING:
    from tableauhyperapi import Connection, HyperProcess

_TABLE = '"Extract"."Extract"'
"""The name that Tableau expects of the only table of an extract."""


def build_hyper(contract: Contract, snapshots: Sequence[Snapshot], path: Path) -> int:
    """The rows of the file it writes at `path`, which must be a new one.

    DestinationError if rows, sums or NULLs differ from what the snapshots hold; what was written
    is then worthless.
    """
    from tableauhyperapi import Connection, CreateMode, HyperException

    files = [file for snapshot in snapshots for file in snapshot.files]
    present = _present(contract, files)
    try:
        with tempfile.TemporaryDirectory() as logs, _hyper_process(logs) as process:
            with Connection(process.endpoint, path, CreateMode.CREATE) as connection:
                _write(connection, contract, files)
            with Connection(process.endpoint, path) as connection:
                totals = _read_back(connection, contract, snapshots)
    except (HyperException, OSError) as error:
        reason = error.main_message if isinstance(error, HyperException) else error.strerror
        raise DestinationError(
            f"{path} could not be built ({reason}); see that the disk has room "
            "and hyperd is not killed, then materialize again"
        ) from error
    for name, values in present.items():
        written = totals.present[name]
        if written != values:
            raise DestinationError(
                f"{contract.key}: {written} values of {name} arrived in the .hyper file but "
                f"its snapshot holds {values}; materialize it again"
            )
    return reconcile(contract, snapshots, {WHOLE: totals})


def _hyper_process(logs: str) -> "HyperProcess":
    from tableauhyperapi import HyperProcess, Telemetry

    return HyperProcess(
        Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU,
        parameters={"log_config": "", "log_dir": logs},
    )


def _present(contract: Contract, files: Sequence[str]) -> Mapping[str, int]:
    """How many values of each column are not NULL, as DuckDB, another reader, finds them."""
    import duckdb

    if not files:
        return dict.fromkeys(contract.column_names, 0)
    counts = ", ".join(f'count("{name}")' for name in contract.column_names)
    try:
        with duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "1GB"}) as connection:
            connection.execute("SET enable_progress_bar = false")
            check_types(connection, contract, files)
            found = connection.execute(f"SELECT {counts} FROM read_parquet(?)", [list(files)])
            return dict(zip(contract.column_names, found.fetchone() or (), strict=True))
    except duckdb.Error as error:
        raise DestinationError(
            f"{contract.key}: its snapshot cannot be read ({type(error).__name__}); see whether "
            f"{files[0]} is there, then materialize again"
        ) from error


def _write(connection: "Connection", contract: Contract, files: Sequence[str]) -> None:
    from tableauhyperapi import escape_string_literal

    columns = ", ".join(
        f'"{column.name}" {column.parsed.hyper}{"" if column.nullable else " NOT NULL"}'
        for column in contract.columns
    )
    # Spark's timestamps arrive as TIMESTAMP_TZ, which a cast turns to the session's zone.
    connection.execute_command("SET timezone = 'UTC'")
    connection.execute_command('CREATE SCHEMA "Extract"')
    connection.execute_command(f"CREATE TABLE {_TABLE} ({columns})")
    if files:
        array = ", ".join(escape_string_literal(file) for file in files)
        casts = ", ".join(
            f'CAST("{column.name}" AS {column.parsed.hyper})' for column in contract.columns
        )
        connection.execute_command(
            f"INSERT INTO {_TABLE} SELECT {casts} "
            f"FROM external(ARRAY[{array}], FORMAT => 'parquet')"
        )


def _read_back(
    connection: "Connection", contract: Contract, snapshots: Sequence[Snapshot]
) -> Totals:
    names = Compared.of(contract, snapshots).sums
    wanted = ["count(*)"]
    wanted += [f'count("{name}")' for name in contract.column_names]
    wanted += [_sum(contract.column(name)) for name in names]
    query = f"SELECT {', '.join(wanted)} FROM {_TABLE}"
    rows, *values = list[Any](connection.execute_list_query(query)[0])
    width = len(contract.columns)
    present = dict(zip(contract.column_names, values[:width], strict=True))
    return Totals(rows, dict(zip(names, values[width:], strict=True)), present)


def _sum(column: Column) -> str:
    """A sum of bigints would overflow as a bigint."""
    hyper = column.parsed.hyper or ""
    scale = hyper.rstrip(")").split(",")[1] if hyper.startswith("numeric") else "0"
    return f'coalesce(sum(CAST("{column.name}" AS numeric(38, {scale}))), 0)'
