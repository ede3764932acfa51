"""Years of days in a bucket, all up to date: moods by day, what is smooth of them, totals."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from assets_tests.doubles.aws.running import Double
from assets_tests.duckdb_launcher import DuckDBLauncher
from assets_tests.storages import in_bucket
from seniorlink_assets.buckets import Buckets
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.destination import Destination
from seniorlink_assets.environments import Environment
from seniorlink_assets.lake import Published
from seniorlink_assets.materialize import resolve
from seniorlink_assets.recovery.heard import Heard
from seniorlink_assets.recovery.plan import Plan, plan
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import WHOLE, Column, Contract, LandingColumn, LandingSet
from spark.contract.manifest import FILE_NAME, DataFile, Manifest

NOTES = LandingSet("landing/app/notes", "csv", (LandingColumn("id", "The note."),))


def days_from(first: date, count: int) -> list[str]:
    return [(first + timedelta(number)).isoformat() for number in range(count)]


def declared(key: str, *inputs: Declared | LandingSet, by: str | None = None) -> Declared:
    contract = Contract(
        key=key,
        kind="table",
        grain="One row per note.",
        columns=(Column("id", "bigint", "The note."), Column("noted_on", "date", "Its day.")),
        primary_key=("id",),
        partition_by=by,
    )
    read = {given.key.rpartition("/")[2]: given for given in inputs}
    return Declared(contract, read, Path("checkout"), Path("job.sql"), "code", {})


MOODS = declared("care/moods", NOTES, by="noted_on")
SMOOTH = declared("care/smooth", MOODS, by="noted_on")
TOTALS = declared("care/totals", SMOOTH)
TABLES = [MOODS, SMOOTH, TOTALS]


class AllReleased(DuckDBWarehouse):
    """Holds whatever was published, so that a plan is about the lake alone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "warehouse.duckdb")
        self.versions: dict[str, dict[str, str]] = {}

    def released(self, contract: Contract) -> Mapping[str, str]:
        return self.versions.get(contract.key, {})

    def releases(self, contracts: Sequence[Contract]) -> Mapping[str, Mapping[str, str]]:
        return Destination.releases(self, contracts)


class AllHeard(Heard):
    def is_over(self, run_id: str) -> bool:
        return True

    def unheard(self, table: Declared, published: Mapping[str, Published]) -> set[str]:
        return set()

    def has_failed(self, table: Declared, check: str) -> bool:
        return False


@dataclass
class Years:
    """The bucket, and the environment that plans over it."""

    aws: Double
    folder: Path
    days: Sequence[str]

    def __post_init__(self) -> None:
        self.storage = in_bucket(self.aws)
        self.warehouse = AllReleased(self.folder)
        self.environment = Environment(
            home=self.folder,
            launcher=DuckDBLauncher(),
            warehouse=self.warehouse,
            extracts=self.warehouse,
            buckets=cast(Buckets, SimpleNamespace(lake=self.storage, landing=self.storage)),
        )
        self.fill({f"{NOTES.folder}/{day}/notes.csv": f"id\n{day}\n" for day in self.days})
        for table in TABLES:
            self.release(table)

    def fill(self, contents: Mapping[str, str]) -> None:
        self.aws.fill({f"home/lake/{name}": text for name, text in contents.items()})

    def release(self, table: Declared) -> None:
        """Commits and publishes what the partitions of a table are now, and something before."""
        partitions = self.days if table.contract.partition_by else [WHOLE]
        resolved = resolve(table, partitions, self.environment)
        contents: dict[str, str] = {}
        for part in partitions:
            manifest, pointer = _made(table, part, resolved.fingerprints[part])
            pointer = replace(pointer, made_from=resolved.made_from[part])
            told = asdict(pointer)
            before = {**told, "place": f"{pointer.place}-0", "content": "other", "sequence": 1}
            contents |= {
                pointer.files[0].path: "rows",
                f"{pointer.place}/{FILE_NAME}": manifest.to_text(),
                f"published/{table.key}/{part}.json": json.dumps(
                    {"current": told, "history": [before, told]}
                ),
            }
            self.warehouse.versions.setdefault(table.key, {})[part] = pointer.version
        self.fill(contents)

    def plan(self, *tables: Declared, days: Sequence[str] = ()) -> Plan:
        return plan(tables or TABLES, days or self.days, self.environment, AllHeard())

    @contextmanager
    def counted(self) -> Iterator[dict[str, int]]:
        """How often each operation was asked for meanwhile, told afterwards."""
        asked: dict[str, int] = {}
        self.aws.forget_counters()
        yield asked
        for name, count in self.aws.counters.items():
            asked[name.removeprefix("s3:")] = count["requests"]


def _made(table: Declared, part: str, fingerprint: str) -> tuple[Manifest, Published]:
    place = f"snapshots/{table.key}/{part}/{fingerprint}-run-1"
    manifest = Manifest(
        key=table.key,
        partition=part,
        fingerprint=fingerprint,
        attempt="run-1",
        code_version="code",
        spark_version="4.3.0",
        files=(DataFile(f"{place}/part-0.parquet", 4),),
        rows=1,
        content=f"rows of {fingerprint}",
    )
    pointer = Published(
        partition=part,
        content=manifest.content,
        fingerprint=fingerprint,
        place=place,
        files=manifest.files,
        rows=1,
        rejects=0,
        run_id="run",
        published_at="2025-01-01T00:00:00+00:00",
        sequence=2,
    )
    return manifest, pointer
