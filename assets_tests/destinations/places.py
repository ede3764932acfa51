"""The destinations under test."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar

import duckdb
from tableauhyperapi import Connection, Date, HyperProcess, Telemetry, Timestamp

from assets_tests.destinations.place import Place
from assets_tests.destinations.redshift_place import RedshiftDataApiPlace, RedshiftPlace
from seniorlink_assets.extracts.folder import ExtractFolder
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import Contract


class DuckDBPlace(Place):
    kind = "table"
    has_partitions = True
    stops: ClassVar = {
        "before the swap": ("seniorlink_assets.warehouses.duckdb._swap", 1, "old"),
        "after the swap": ("seniorlink_assets.warehouses.duckdb._describe", 1, "old"),
        "before the release is recorded": ("seniorlink_assets.warehouses.duckdb._record", 1, "old"),
        "after the commit": ("contextlib.closing.__exit__", 1, "new"),
    }

    @property
    def file(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def destination(self) -> DuckDBWarehouse:
        return DuckDBWarehouse(self.file)

    def rows(self, contract: Contract) -> list[tuple]:
        columns = ", ".join(contract.column_names)
        with duckdb.connect(self.file, read_only=True) as connection:
            live = f"{contract.schema}.{contract.name}"
            try:
                return connection.execute(f"SELECT {columns} FROM {live} ORDER BY ALL").fetchall()
            except duckdb.CatalogException:
                return []

    def staged(self) -> list[str]:
        with duckdb.connect(self.file, read_only=True) as connection:
            found = connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%staging%'"
            )
            return [name for (name,) in found.fetchall()]


class HyperFolderPlace(Place):
    kind = "extract"
    has_partitions = False
    stops: ClassVar = {
        "before the release is written": ("pathlib.Path.replace", 1, "old"),
        "before the file is replaced": ("pathlib.Path.replace", 2, "old"),
        "after the file is replaced": ("seniorlink_assets.extracts.folder._sync", 4, "new"),
    }

    def destination(self) -> ExtractFolder:
        return ExtractFolder(self.folder)

    def rows(self, contract: Contract) -> list[tuple]:
        path = self.folder / f"{contract.name}.hyper"
        if not path.exists():
            return []
        columns = ", ".join(f'"{name}"' for name in contract.column_names)
        with (
            HyperProcess(
                Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}
            ) as process,
            Connection(process.endpoint, path) as connection,
        ):
            found = connection.execute_list_query(
                f'SELECT {columns} FROM "Extract"."Extract" ORDER BY {columns}'
            )
        return [tuple(_plain(value) for value in row) for row in found]

    def staged(self) -> list[str]:
        return [path.name for path in self.folder.glob(".staging/*")]


def _plain(value: Any) -> date | datetime | Any:
    if isinstance(value, Date):
        return value.to_date()
    if isinstance(value, Timestamp):
        return value.to_datetime()
    return value


PLACES: Mapping[str, type[Place]] = {
    "duckdb": DuckDBPlace,
    "hyper_folder": HyperFolderPlace,
    "redshift": RedshiftPlace,
    "redshift_data_api": RedshiftDataApiPlace,
}
