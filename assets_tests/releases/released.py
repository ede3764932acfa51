"""Daily moods, totals and means above them and an extract, released without any job."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from assets_tests.destinations.places import HyperFolderPlace
from assets_tests.duckdb_launcher import DuckDBLauncher
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.environments import Environment
from seniorlink_assets.extracts.folder import ExtractFolder
from seniorlink_assets.lake import Lake, Published
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import WHOLE, Column, Contract, Kind
from spark.contract.manifest import DataFile, Manifest

DAY, NEXT = "2025-01-02", "2025-01-03"


def declared(key: str, *inputs: Declared, by: str | None = None, kind: Kind = "table") -> Declared:
    """A table of days and moods."""
    contract = Contract(
        key=key,
        kind=kind,
        grain="One row per mood.",
        columns=(
            Column("noted_on", "date", "Its day."),
            Column("mood", "smallint", "1 to 5."),
        ),
        primary_key=("noted_on", "mood"),
        partition_by=by,
    )
    read = {given.contract.name: given for given in inputs}
    return Declared(contract, read, Path("checkout"), Path("job.sql"), "code", {})


MOODS = declared("care/moods", by="noted_on")
SMOOTH = declared("care/smooth", MOODS, by="noted_on")
TOTALS = declared("care/totals", MOODS)
MEANS = declared("care/means", TOTALS)
EXTRACT = declared("tableau/moods", TOTALS, kind="extract")
VISITS = declared("care/visits", by="noted_on")
TABLES = [EXTRACT, MEANS, MOODS, SMOOTH, TOTALS, VISITS]


@dataclass
class Home:
    """A lake and its destinations."""

    folder: Path
    instance: Any = None
    attempts: list[str] = field(default_factory=list)

    @property
    def environment(self) -> Environment:
        return Environment(
            home=self.folder,
            launcher=DuckDBLauncher(),
            warehouse=DuckDBWarehouse(self.folder / "warehouse.duckdb"),
            extracts=ExtractFolder(self.folder / "extracts"),
        )

    @property
    def lake(self) -> Lake:
        return self.environment.lake

    def commit(self, table: Declared, *moods: int, day: str = WHOLE, **manifest: Any) -> Snapshot:
        """A snapshot with these moods, as a job commits one."""
        attempt = f"run-{len(self.attempts):06x}"
        self.attempts.append(attempt)
        told = hashlib.sha256(f"{table.key} {day} {moods}".encode()).hexdigest()
        fingerprint = manifest.pop("fingerprint", hashlib.sha256(attempt.encode()).hexdigest()[:16])
        place = self.lake.snapshot_place(table.key, day, fingerprint, attempt)
        path = self.lake.root / place / "part-0.parquet"
        path.parent.mkdir(parents=True)
        _write(path, DAY if day == WHOLE else day, moods)
        made = Manifest(
            key=table.key,
            partition=day,
            fingerprint=fingerprint,
            attempt=attempt,
            code_version="code",
            spark_version="4.3.0",
            files=(DataFile(f"{place}/part-0.parquet", path.stat().st_size),),
            rows=len(moods),
            sums={"mood": str(sum(moods))},
            content=told[:16],
            **manifest,
        )
        made.commit(self.lake.root / place)
        return Snapshot(self.lake.root, place, made)

    def release(self, table: Declared, *moods: int, day: str = WHOLE, **manifest: Any) -> Published:
        """Publishes a snapshot with these moods."""
        return self.publish(table, self.commit(table, *moods, day=day, **manifest))

    def publish(self, table: Declared, snapshot: Snapshot) -> Published:
        destination = self.environment.destination(table.contract)
        destination.publish(destination.stage(table.contract, [snapshot]), "a run")
        before = self.lake.published(table.key, snapshot.partition)
        return self.lake.publish(snapshot, before, "a run")

    def live(self, table: Declared, day: str = WHOLE) -> Published:
        found = self.lake.published(table.key, day)
        assert found is not None
        return found

    def moods(self, table: Declared) -> list[int]:
        """What readers see."""
        if table.contract.kind == "extract":
            rows = HyperFolderPlace(self.folder / "extracts").rows(table.contract)
        else:
            rows = self.environment.warehouse.query(
                f"SELECT noted_on, mood FROM {table.contract.schema}.{table.contract.name} "
                "ORDER BY ALL"
            )
        return [mood for _, mood in rows]

    def seen(self, *tables: Declared) -> list[Any]:
        """All that a rollback may change."""
        return [
            (
                self.moods(table),
                self.environment.destination(table.contract).released(table.contract),
                self.lake.all_published(table.key),
            )
            for table in tables
        ]


def _write(path: Path, day: str, moods: Sequence[int]) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE written (noted_on DATE, mood SMALLINT)")
        if moods:
            rows = [(date.fromisoformat(day), mood) for mood in moods]
            connection.executemany("INSERT INTO written VALUES (?, ?)", rows)
        connection.execute(f"COPY written TO '{path}' (FORMAT parquet)")
