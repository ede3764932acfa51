# ruff: noqa: S608 - names come from contracts
"""What is in Redshift of a table now: read before anything is decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seniorlink_assets.warehouses.redshift.ddl import INTERNAL
from seniorlink_assets.warehouses.redshift.names import Name, Names, place
from seniorlink_assets.warehouses.redshift.objects import schema_names
from seniorlink_assets.warehouses.redshift.sql import listed, literal
from seniorlink_assets.warehouses.redshift.transport import Session
from spark.contract import Contract


@dataclass(frozen=True)
class Releases:
    """What readers see of a table: by partition the version, and by which release it came."""

    newest: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)
    tokens: frozenset[str] = frozenset()


def tables(session: Session, contracts: Sequence[Contract]) -> frozenset[Name]:
    """The tables in the schemas of these contracts, and the internal ones.

    A schema without any has one that is called "".
    """
    schemas = {INTERNAL, *(name for contract in contracts for name in schema_names(contract))}
    found = session.rows(
        "SELECT n.nspname, c.relname FROM pg_namespace n "
        "LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r' "
        f"WHERE n.nspname IN ({listed(sorted(schemas))})"
    )
    return frozenset((schema, table or "") for schema, table in found)


def releases(
    session: Session, contracts: Sequence[Contract], there: frozenset[Name]
) -> Mapping[str, Releases]:
    """The releases by key; no versions of a table that is not there any more."""
    names = {contract.key: Names(contract) for contract in contracts}
    asked = [_newest(each) for each in names.values() if each.releases in there]
    rows = session.rows(" UNION ALL ".join(asked)) if asked else []
    by_key: dict[str, list[tuple[Any, ...]]] = {key: [] for key in names}
    for key, *release in rows:
        by_key[key].append(tuple(release))
    return {
        key: Releases(
            max((number for _, _, number, _ in released), default=0),
            {partition: version for partition, version, *_ in sorted(released)}
            if names[key].live in there
            else {},
            frozenset(token for *_, token in released),
        )
        for key, released in by_key.items()
    }


def binding_views(session: Session, live: Name) -> list[str]:
    """The views that stay with this very table when another one takes its name."""
    schema, table = map(literal, live)
    found = session.rows(
        "SELECT DISTINCT vn.nspname, v.relname FROM pg_class t "
        "JOIN pg_namespace tn ON tn.oid = t.relnamespace "
        "JOIN pg_depend used ON used.refobjid = t.oid AND used.deptype = 'n' "
        "JOIN pg_depend own ON own.objid = used.objid AND own.deptype = 'i' "
        "JOIN pg_class v ON v.oid = own.refobjid AND v.relkind IN ('v', 'm') "
        "JOIN pg_namespace vn ON vn.oid = v.relnamespace "
        f"WHERE tn.nspname = {schema} AND t.relname = {table}"
    )
    return sorted(f"{view_schema}.{view}" for view_schema, view in found)


def comments_there(session: Session, live: Name) -> list[str]:
    """The comments on a table and its columns, as the statements that say them."""
    schema, table = map(literal, live)
    found = session.rows(
        "SELECT a.attname, d.description FROM pg_description d "
        "JOIN pg_class c ON c.oid = d.objoid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid "
        "AND d.objsubid > 0 "
        f"WHERE n.nspname = {schema} AND c.relname = {table}"
    )
    return [
        f"COMMENT ON TABLE {place(live)} IS {literal(text)}"
        if column is None
        else f"COMMENT ON COLUMN {place((*live, column))} IS {literal(text)}"
        for column, text in found
    ]


def _newest(names: Names) -> str:
    """Of each partition its newest release, unless one of the whole table came after that."""
    table = place(names.releases)
    whole = f"SELECT coalesce(max(release_id), 0) FROM {table} WHERE is_whole"
    ranked = (
        'SELECT "partition", version, release_id, token, '
        'row_number() OVER (PARTITION BY "partition" ORDER BY release_id DESC) AS age '
        f"FROM {table} WHERE release_id >= ({whole})"
    )
    return (
        f'SELECT {literal(names.contract.key)}::varchar, "partition", version, release_id, token '
        f"FROM ({ranked}) AS ranked WHERE age = 1"
    )
