"""A large snapshot as a Spark job leaves it, written without Spark."""

from pathlib import Path

import duckdb

from seniorlink_assets.snapshot import Snapshot
from spark.contract import WHOLE, Column, Contract
from spark.contract.manifest import DataFile, Manifest
from spark.files import LocalFiles

_COLUMNS = {
    "message_id": ("bigint", "i"),
    "caregiver_id": ("bigint", "hash(i) % 200000"),
    "care_team_id": ("bigint", "hash(i) % 500"),
    "sent_at": ("timestamp", "TIMESTAMPTZ '2025-01-01 00:00:00+00' + to_seconds(i)"),
    "sent_on": ("date", "DATE '2025-01-01' + (i // 86400)::INTEGER"),
    "words": ("integer", "hash(i) % 300"),
    "cost_usd": ("decimal(12,2)", "(hash(i) % 100000) / 100"),
    "topic": ("varchar(40)", "'topic ' || hash(i + 1) % 5000"),
}
_FILE_ROWS = 1_250_000


def snapshot_of(lake: Path, key: str, rows: int) -> tuple[Contract, Snapshot]:
    """A table or, in the schema tableau, an extract of eight columns, in files of a usual size."""
    columns = tuple(Column(name, kind, f"The {name}.") for name, (kind, _) in _COLUMNS.items())
    is_extract = key.startswith("tableau/")
    contract = Contract(
        key=key,
        kind="extract" if is_extract else "table",
        grain="One row per message.",
        columns=columns,
        primary_key=("message_id",),
    )
    place = f"snapshots/{key}/{WHOLE}/f-1"
    folder = lake / place
    folder.mkdir(parents=True)
    selected = ", ".join(
        f"({sql})::{_written(column)} AS {name}"
        for column, (name, (_, sql)) in zip(columns, _COLUMNS.items(), strict=True)
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for number, first in enumerate(range(0, rows, _FILE_ROWS)):
            span = f"range({first}, {min(first + _FILE_ROWS, rows)})"
            connection.execute(
                f"COPY (SELECT {selected} FROM {span} AS numbers(i)) "
                f"TO '{folder}/part-{number}.parquet' (FORMAT parquet, COMPRESSION snappy)"
            )
        files = sorted(folder.glob("*.parquet"))
        numbers = [column.name for column in columns if column.parsed.is_number]
        sums = ", ".join(f"sum({name})::VARCHAR" for name in numbers)
        found = connection.execute(f"SELECT {sums} FROM read_parquet(?)", [[*map(str, files)]])
        totals = dict(zip(numbers, found.fetchall()[0], strict=True))
    manifest = Manifest(
        key=key,
        partition=WHOLE,
        fingerprint="f",
        attempt="1",
        code_version="bench",
        spark_version="none",
        files=tuple(DataFile(f"{place}/{path.name}", path.stat().st_size) for path in files),
        rows=rows,
        present=dict.fromkeys(contract.column_names, rows),
        sums=totals,
    )
    manifest.commit(LocalFiles().create, str(folder))
    return contract, Snapshot(str(lake), place, manifest)


def _written(column: Column) -> str:
    """Spark says of its timestamps that they are UTC."""
    return column.parsed.duckdb.replace("timestamp", "timestamptz")
