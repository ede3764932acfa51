"""Parquet files in a lake as a job may have written them, right or wrong."""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import Storage
from spark.contract import WHOLE, Column, Contract
from spark.contract.manifest import DataFile, Manifest

FOLDER = "snapshots/care/daily_notes/all/v1-1"


def contract(*columns: Column) -> Contract:
    """A table with these columns, the first of which is its key."""
    return Contract("care/daily_notes", "table", "One row per note.", columns, (columns[0].name,))


def parquet(select: str, options: str = "") -> bytes:
    """What DuckDB writes for a SELECT."""
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder, "written.parquet")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet {options})")
        return path.read_bytes()


def put(lake: Storage, *contents: bytes, name: str = "part") -> list[DataFile]:
    """The files as a manifest names them, there."""
    files = []
    for number, content in enumerate(contents):
        path = f"{FOLDER}/{name}-{number}.parquet"
        lake.put(path, content)
        files.append(DataFile(path, len(content)))
    return files


def snapshot(lake: Storage, *contents: bytes, rejects: tuple[bytes, ...] = ()) -> Snapshot:
    """A snapshot of these files, and of these of rejects."""
    manifest = Manifest(
        key="care/daily_notes",
        partition=WHOLE,
        fingerprint="v1",
        attempt="1",
        code_version="c",
        spark_version="4.3.0",
        files=tuple(put(lake, *contents)),
        rows=1,
        reject_files=tuple(put(lake, *rejects, name="rejects")),
    )
    return Snapshot(lake.url, FOLDER, manifest)
