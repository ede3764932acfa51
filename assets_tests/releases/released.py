"""Daily moods, totals and means above them and an extract, released without any job."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import duckdb
import pytest

from assets_tests.destinations.places import HyperFolderPlace
from assets_tests.duckdb_launcher import DuckDBLauncher
from assets_tests.storages import in_bucket
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.environments import Environment
from seniorlink_assets.extracts.folder import ExtractFolder
from seniorlink_assets.lake import Lake, Published
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import WHOLE, Column, Contract, Kind
from spark.contract.manifest import FILE_NAME, DataFile, Manifest

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
    buckets: Any = None
    instance: Any = None
    attempts: list[str] = field(default_factory=list)

    @cached_property
    def environment(self) -> Environment:
        return Environment(
            home=self.folder,
            launcher=DuckDBLauncher(),
            warehouse=DuckDBWarehouse(self.folder / "warehouse.duckdb"),
            extracts=ExtractFolder(self.folder / "extracts"),
            buckets=self.buckets,
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
        content = _written(self.folder / "made.parquet", DAY if day == WHOLE else day, moods)
        self.lake.storage.put(f"{place}/part-0.parquet", content)
        made = Manifest(
            key=table.key,
            partition=day,
            fingerprint=fingerprint,
            attempt=attempt,
            code_version="code",
            spark_version="4.3.0",
            files=(DataFile(f"{place}/part-0.parquet", len(content)),),
            rows=len(moods),
            sums={"mood": str(sum(moods))},
            content=told[:16],
            **manifest,
        )
        self.lake.storage.put(f"{place}/{FILE_NAME}", made.to_text().encode())
        return Snapshot(self.lake.storage.url, place, made)

    def release(self, table: Declared, *moods: int, day: str = WHOLE, **manifest: Any) -> Published:
        """Publishes a snapshot with these moods."""
        return self.publish(table, self.commit(table, *moods, day=day, **manifest))

    def publish(self, table: Declared, snapshot: Snapshot) -> Published:
        destination = self.environment.destination(table.contract)
        with self.lake.at_hand([snapshot]) as near:
            destination.publish(destination.stage(table.contract, near, "a run"), "a run")
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


def _written(path: Path, day: str, moods: Sequence[int]) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE written (noted_on DATE, mood SMALLINT)")
        if moods:
            rows = [(date.fromisoformat(day), mood) for mood in moods]
            connection.executemany("INSERT INTO written VALUES (?, ?)", rows)
        connection.execute(f"COPY written TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


ON_BOTH = pytest.mark.parametrize("home", ["disk", "s3"], indirect=True)
"""For tests of a lake on a disk and of one in a bucket."""


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """A home whose lake is on a disk, or `ON_BOTH`."""
    buckets = None
    if getattr(request, "param", "disk") == "s3":
        buckets = SimpleNamespace(lake=in_bucket(request.getfixturevalue("aws")))
    with dg.DagsterInstance.ephemeral(str(tmp_path / "dagster")) as instance:
        yield Home(tmp_path / "home", buckets, instance)
