"""A warehouse that says of its live tables that they differ from their contracts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from seniorlink_assets.schema_change import SchemaChange
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import Contract


class ChangingWarehouse(DuckDBWarehouse):
    """The laptop's warehouse in a home, with these changes by key."""

    def __init__(self, home: Path, changes: Mapping[str, Sequence[SchemaChange]]) -> None:
        super().__init__(home / "warehouse.duckdb")
        self._changes = changes

    def schema_changes(self, contracts: Sequence[Contract]) -> Mapping[str, Sequence[SchemaChange]]:
        return {contract.key: self._changes.get(contract.key, ()) for contract in contracts}
