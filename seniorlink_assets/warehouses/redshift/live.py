"""The columns that live tables have now."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seniorlink_assets.warehouses.redshift.sql import literal
from seniorlink_assets.warehouses.redshift.transport import Session
from spark.contract import Contract

_NAMES = {
    "character varying": "varchar",
    "numeric": "decimal",
    "timestamp without time zone": "timestamp",
}


@dataclass(frozen=True)
class LiveColumn:
    """A column, its type called as contracts call it.

    `sort` is its place in the sort key from 1, 0 if it is not in it. What a warehouse does not say
    is None, or "".
    """

    name: str
    type: str
    nullable: bool | None
    encode: str = ""
    distributes: bool = False
    sort: int = 0
    interleaved: bool = False


def live_columns(
    session: Session, contracts: Sequence[Contract]
) -> Mapping[str, Sequence[LiveColumn]]:
    """The columns of each table by key, in their order; none of a table that is not there."""
    found: dict[str, list[LiveColumn]] = {contract.key: [] for contract in contracts}
    if not found:
        return found
    schemas = ", ".join(sorted({literal(contract.schema) for contract in contracts}))
    columns = session.rows(
        "SELECT schema_name, table_name, column_name, data_type, is_nullable, encoding, distkey, "  # noqa: S608
        "sortkey FROM svv_redshift_columns WHERE database_name = current_database() "
        f"AND schema_name IN ({schemas}) ORDER BY schema_name, table_name, ordinal_position"
    )
    interleaved = {(schema, table) for schema, table, *_, sort in columns if (sort or 0) < 0}
    for schema, table, name, kind, nullable, encode, distributes, sort in columns:
        if f"{schema}/{table}" in found:
            found[f"{schema}/{table}"].append(
                LiveColumn(
                    name,
                    declared_type(kind),
                    {"yes": True, "no": False}.get(str(nullable).lower()),
                    "raw" if encode == "none" else (encode or ""),
                    bool(distributes),
                    abs(sort or 0),
                    (schema, table) in interleaved,
                )
            )
    return found


def declared_type(text: str) -> str:
    """A type as contracts call it, from what the catalogue of a database calls it."""
    match = re.fullmatch(r"(?P<name>[a-z0-9_ ]+?)(?P<size>\(.*\))?", text.strip().lower())
    if match is None:
        return text
    name = _NAMES.get(match["name"], match["name"])
    return f"{name}{(match['size'] or '').replace(' ', '')}"
