"""Where the tables of a contract lie: the live one, those beside it, and what is staged."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from seniorlink_assets.warehouses.redshift.ddl import INTERNAL, rejects_name, releases_name
from seniorlink_assets.warehouses.redshift.sql import quoted
from spark.contract import Contract

_STAGING = "_staging_"
"""No table of a contract has such a name: theirs begin with a letter and have no hyphen."""

Name = tuple[str, str]
"""A schema and a table."""


@dataclass(frozen=True)
class Names:
    """The tables of a contract; those that are staged bear the token of one attempt to load."""

    contract: Contract
    token: str = ""

    @property
    def live(self) -> Name:
        return self.contract.schema, self.contract.name

    @property
    def releases(self) -> Name:
        return INTERNAL, releases_name(self.contract)

    @property
    def rejects(self) -> Name:
        return INTERNAL, rejects_name(self.contract)

    @property
    def staging(self) -> Name:
        return self.contract.schema, f"{_STAGING}{self.contract.name}-{self.token}"

    @property
    def raw(self) -> Name:
        """Rows with JSON as text, as it is in Parquet."""
        return self.contract.schema, f"{self.staging[1]}-raw"

    @property
    def staged_rejects(self) -> Name:
        return INTERNAL, f"{_STAGING}{self.rejects[1]}-{self.token}"

    @property
    def staged(self) -> tuple[Name, ...]:
        return self.staging, self.raw, self.staged_rejects


def place(name: tuple[str, ...]) -> str:
    """As SQL names it."""
    return ".".join(map(quoted, name))


def token_of(staged_place: str) -> str:
    """The token in the place of a staging table."""
    return staged_place.rstrip('"').rpartition("-")[2]


def staged_tokens(contract: Contract, tables: Iterable[Name]) -> list[str]:
    """The tokens of all that is staged of a contract, among these tables."""
    names = (Names(contract).staging[1], Names(contract).staged_rejects[1])
    pattern = re.compile(rf"(?:{'|'.join(map(re.escape, names))})([0-9a-f]+)(?:-raw)?")
    found = (pattern.fullmatch(table) for _, table in tables)
    return sorted({match[1] for match in found if match})
