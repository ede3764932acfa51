"""What warehouses have in common: a table per key, its rejects beside it, and SQL to read them."""

from abc import abstractmethod
from typing import Any

from seniorlink_assets.destination import Destination
from spark.contract import Contract


class Warehouse(Destination):
    """A database that holds the table `schema.name`, and somewhere its rejects."""

    @property
    @abstractmethod
    def place(self) -> str:
        """What a person calls the database: the path of a file, a database on a cluster."""

    @abstractmethod
    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT over published data."""

    @abstractmethod
    def rejects_table(self, contract: Contract) -> str:
        """The table of the rejects, as SQL names it."""

    def location(self, contract: Contract) -> str:
        return f"{contract.schema}.{contract.name} in {self.place}"

    def rejects(self, contract: Contract, limit: int) -> list[tuple[Any, ...]]:
        """The first rejects: partition, file, line, reason, and the row as JSON text."""
        if not self.released(contract):
            return []
        return self.query(
            'SELECT "partition", source_file, source_line, reason, "row" '  # noqa: S608
            f"FROM {self.rejects_table(contract)} ORDER BY 1, 2, 3 LIMIT {int(limit)}"
        )


def live_table(contract: Contract) -> str:
    return f'"{contract.schema}"."{contract.name}"'
