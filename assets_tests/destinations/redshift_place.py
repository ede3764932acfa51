"""Redshift as a destination under test: the double, or a real one that the settings name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from assets_tests.destinations.place import Place
from assets_tests.doubles.aws.running import BUCKET, REGION, Double
from assets_tests.doubles.cloud import COPY_ROLE
from assets_tests.doubles.redshift.running import RedshiftDouble
from seniorlink_assets.environments import buckets_of
from seniorlink_assets.settings import Settings
from seniorlink_assets.snapshot import Snapshot
from spark.contract import Contract

CLUSTER = "dwh"


class RedshiftPlace(Place):
    """`settings` are the variables that name it; `ask` is another way to its rows than ours."""

    kind = "table"
    has_partitions = True
    is_on_disk = False
    transport = "driver"
    stops: ClassVar = {
        "before the swap": ("seniorlink_assets.warehouses.redshift.warehouse.commit", 1, "old"),
        "after the commit": ("seniorlink_assets.warehouses.redshift.driver.suppress", 1, "new"),
    }

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str],
        ask: Callable[[str], list[tuple[Any, ...]]] | None = None,
    ) -> None:
        super().__init__(folder)
        self.settings = {**settings, "SENIORLINK_REDSHIFT_TRANSPORT": self.transport}
        self._ask = ask
        self._buckets = buckets_of(Settings(self.settings))

    @property
    def arguments(self) -> Mapping[str, Any]:
        return {"settings": self.settings}

    def destination(self) -> Any:
        from seniorlink_assets.warehouses.redshift.named import named_redshift

        return named_redshift(Settings(self.settings)).warehouse(self._buckets, self.folder)

    def within_reach(self, snapshot: Snapshot) -> Snapshot:
        """Its files are brought into the bucket; those that are gone are not missed."""
        for file in (*snapshot.manifest.files, *snapshot.manifest.reject_files):
            path = Path(snapshot.lake, file.path)
            if path.exists():
                self._buckets.lake.put(file.path, path.read_bytes())
        return replace(snapshot, lake=self._buckets.lake.url)

    def rows(self, contract: Contract) -> list[tuple]:
        live = f"n.nspname = '{contract.schema}' AND c.relname = '{contract.name}'"
        if not self._tables(live):
            return []
        columns = ", ".join(contract.column_names)
        return self.ask(
            f"SELECT {columns} FROM {contract.schema}.{contract.name} ORDER BY {columns}"
        )

    def staged(self) -> list[str]:
        return [name for (name,) in self._tables("c.relname LIKE '%staging%'")]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        assert self._ask
        return [tuple(row) for row in self._ask(sql)]

    def _tables(self, which: str) -> list[tuple]:
        return self.ask(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            f"WHERE c.relkind = 'r' AND {which}"
        )


class RedshiftDataApiPlace(RedshiftPlace):
    transport = "data-api"
    stops: ClassVar = {"before the swap": RedshiftPlace.stops["before the swap"]}


def on_doubles(
    kind: type[RedshiftPlace],
    folder: Path,
    aws: Double,
    redshift: RedshiftDouble,
    isolation: str = "snapshot",
) -> RedshiftPlace:
    """An empty database, and an empty lake in the bucket beside it."""
    database = redshift.database(isolation=isolation)
    redshift.read_from(aws.url)
    aws.redshift(redshift, cluster=CLUSTER)
    settings = {
        "AWS_REGION": REGION,
        "SENIORLINK_LAKE": f"s3://{BUCKET}/{database}",
        "SENIORLINK_REDSHIFT_CLUSTER": CLUSTER,
        "SENIORLINK_REDSHIFT_DATABASE": database,
        "SENIORLINK_REDSHIFT_COPY_ROLE": COPY_ROLE,
    }
    return kind(folder, settings, lambda sql: redshift.rows(sql, database))
