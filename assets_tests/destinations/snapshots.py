"""Committed snapshots as a Spark job leaves them, written without Spark."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from seniorlink_assets.snapshot import Snapshot
from spark.contract import WHOLE, Column, Contract
from spark.contract.manifest import DataFile, Manifest
from spark.files import LocalFiles
from spark.satellite.writing import REJECTS

_SPARK_WRITES = {"timestamp": "timestamptz", "json": "varchar"}


def commit(
    lake: Path,
    contract: Contract,
    rows: Sequence[tuple],
    *,
    partition: str = WHOLE,
    version: str = "v1",
    rejects: Sequence[tuple] = (),
) -> Snapshot:
    """A snapshot of these rows; a reject is its file, line, reason, and the row as JSON."""
    folder = lake / "snapshots" / contract.key / partition / version
    folder.mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    files = _write(
        connection,
        folder / "part-0.parquet",
        [f'"{column.name}" {_spark_writes(column)}' for column in contract.columns],
        rows,
    )
    numbers = [column.name for column in contract.columns if column.parsed.is_number]
    sums = {
        name: str(total)
        for name in numbers
        if files
        and (total := connection.execute(f'SELECT sum("{name}") FROM written').fetchone()[0])
        is not None
    }
    reject_files = _write(
        connection,
        folder / "rejects-0.parquet",
        [f"{name} {kind}" for name, kind in REJECTS.items()],
        [(partition, *reject) for reject in rejects],
    )
    manifest = Manifest(
        key=contract.key,
        partition=partition,
        fingerprint=version,
        attempt="1",
        code_version="c",
        spark_version="4.3.0",
        files=_listed(lake, files),
        rows=len(rows),
        rejects=len(rejects),
        reject_files=_listed(lake, reject_files),
        sums=sums,
    )
    path = Path(manifest.commit(LocalFiles().create, str(folder)))
    return Snapshot(str(lake), str(path.relative_to(lake)), manifest)


def versions(*snapshots: Snapshot) -> dict[str, str]:
    """What a destination says is released when these are."""
    return {snapshot.partition: snapshot.version for snapshot in snapshots}


def with_manifest(snapshot: Snapshot, **changes: Any) -> Snapshot:
    """The snapshot with a manifest that says something else about the same files."""
    return replace(snapshot, manifest=replace(snapshot.manifest, **changes))


def inflate(snapshot: Snapshot, rows: int) -> Snapshot:
    """The snapshot with its first row many times over, the last column of each another text."""
    (file,) = snapshot.files
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE written AS FROM '{file}' LIMIT 1")
    *_, last = connection.table("written").columns
    connection.execute(
        f"COPY (SELECT * REPLACE (md5(i::varchar) AS {last}) FROM written, range({rows}) r(i)) "
        f"TO '{file}' (FORMAT parquet)"
    )
    return with_manifest(snapshot, rows=rows, sums={})


def _spark_writes(column: Column) -> str:
    return _SPARK_WRITES.get(column.parsed.duckdb, column.parsed.duckdb)


def _write(
    connection: Any, path: Path, columns: Sequence[str], rows: Sequence[tuple]
) -> list[Path]:
    if not rows:
        return []
    connection.execute(f"CREATE OR REPLACE TABLE written ({', '.join(columns)})")
    marks = ", ".join("?" for _ in columns)
    connection.executemany(f"INSERT INTO written VALUES ({marks})", rows)
    connection.execute(f"COPY written TO '{path}' (FORMAT parquet)")
    return [path]


def _listed(lake: Path, files: Sequence[Path]) -> tuple[DataFile, ...]:
    return tuple(DataFile(str(file.relative_to(lake)), file.stat().st_size) for file in files)
