"""ALTER TABLE: what Redshift can, with what it remembers beside PostgreSQL, and what it cannot."""

import json
import re
from collections.abc import Callable
from typing import Any

from assets_tests.doubles.redshift.messages import Refused
from assets_tests.doubles.redshift.session import Session
from assets_tests.doubles.redshift.tables import Table, column, column_type, relation
from assets_tests.doubles.redshift.tokens import Token, end_of, literal, quoted, split

_KEYS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN")


def alter_table(parts: list[Token]) -> Callable[[Session], str] | None:
    """Runs ALTER TABLE; None for what PostgreSQL does just so."""
    place, at = relation(parts, 2)
    words = [part.word for part in parts[at : at + 4]] + [""] * 4
    if words[:2] == ["APPEND", "FROM"]:
        return _append(place, relation(parts, at + 2)[0])
    if words[0] in ("ADD", "DROP") and words[1] in _KEYS:
        return lambda _: "ALTER TABLE"
    if words[0] == "ADD":
        return _add_column(place, parts[at + (2 if words[1] == "COLUMN" else 1) :])
    if words[0] == "ALTER":
        return _alter(place, parts[at + 1 :])
    if words[0] in ("RENAME", "DROP", "OWNER"):
        return None
    raise Refused("42601", f'syntax error at or near "{parts[at].text}"')


def outside_transactions(session: Session, what: str) -> None:
    """Refuses what cannot be undone."""
    if session.backend.status == b"T":
        raise Refused("25001", f"{what} cannot run inside a transaction block")


def _append(place: str, source: str) -> Callable[[Session], str]:
    def run(session: Session) -> str:
        outside_transactions(session, "ALTER TABLE APPEND")
        session.backend.run(f"INSERT INTO {place} SELECT * FROM {source}; TRUNCATE {source}")
        return "ALTER TABLE APPEND"

    return run


def _add_column(place: str, parts: list[Token]) -> Callable[[Session], str]:
    table = Table()
    sql = column(parts, table)
    name = parts[0].name
    if "NOT NULL" in sql and "DEFAULT" not in sql:
        raise Refused(
            "0A000",
            "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression",
        )
    if {"distkey", "sortkey"} & table.columns[name].keys():
        raise Refused("0A000", "ALTER TABLE ADD COLUMN does not support DISTKEY and SORTKEY")
    return _runs(
        f"ALTER TABLE {place} ADD COLUMN {sql}; {_change(place, None, None, table.columns)}"
    )


def _alter(place: str, parts: list[Token]) -> Callable[[Session], str]:
    words = [part.word for part in parts] + ["", ""]
    if words[0] in ("COMPOUND", "INTERLEAVED", "SORTKEY"):
        return _alter_sortkey(place, parts, words)
    if words[0] == "DISTKEY":
        changed = _change(place, "KEY", None, {parts[1].name: {"distkey": True}})
        return _runs(changed, "ALTER TABLE ALTER DISTKEY")
    if words[0] == "DISTSTYLE":
        keys = {parts[3].name: {"distkey": True}} if words[1] == "KEY" else {}
        return _runs(_change(place, words[1], None, keys), "ALTER TABLE ALTER DISTSTYLE")
    if words[0] == "ENCODE":
        return _runs("SELECT", "ALTER TABLE ALTER ENCODE")
    at = 1 if words[0] == "COLUMN" else 0
    name, act = parts[at].name, words[at + 1]
    if act == "ENCODE":
        encoding = {name: {"encoding": parts[at + 2].name}}
        return _runs(_change(place, None, None, encoding), "ALTER TABLE ALTER COLUMN ENCODE")
    if act != "TYPE":
        raise Refused("0A000", f"ALTER COLUMN {act} is not supported")
    kind, _ = column_type(parts, at + 2, name)
    return _alter_type(place, name, kind)


def _alter_type(place: str, name: str, kind: str) -> Callable[[Session], str]:
    def run(session: Session) -> str:
        outside_transactions(session, "ALTER TABLE ALTER COLUMN TYPE")
        found = session.backend.run(
            "SELECT format_type(a.atttypid, a.atttypmod), a.atthasdef, p.encoding "
            "FROM pg_attribute a LEFT JOIN pg_double.columns p "
            "ON p.relid = a.attrelid AND p.attnum = a.attnum "
            f"WHERE a.attrelid = {literal(place)}::regclass AND a.attname = {literal(name)}"
        )
        if not found:
            raise Refused("42703", f'column "{name}" of relation {place} does not exist')
        was, has_default, encoding = found[0]
        if not (str(was).startswith("character varying") and re.fullmatch(r"varchar\(\d+\)", kind)):
            raise Refused("0A000", f'cannot alter type of column "{name}": only a VARCHAR\'s size')
        if has_default == "t":
            raise Refused("0A000", f'cannot alter type of column "{name}" with a default')
        if encoding in ("bytedict", "runlength", "text255", "text32k"):
            raise Refused("0A000", f'cannot alter type of column "{name}" encoded {encoding}')
        session.backend.run(f"ALTER TABLE {place} ALTER COLUMN {quoted(name)} TYPE {kind}")
        return "ALTER TABLE"

    return run


def _alter_sortkey(place: str, parts: list[Token], words: list[str]) -> Callable[[Session], str]:
    at = words.index("SORTKEY")
    style = "INTERLEAVED" if words[0] == "INTERLEAVED" else "COMPOUND"
    keys: dict[str, dict[str, Any]] = {}
    if words[at + 1] in ("AUTO", "NONE"):
        style = "NONE"
    else:
        inner = parts[at + 2 : end_of(parts, at + 1)]
        keys = {one[0].name: {"sortkey": rank} for rank, one in enumerate(split(inner), 1)}
    return _runs(_change(place, None, style, keys), "ALTER TABLE ALTER SORTKEY")


def _change(
    place: str, style: str | None, sorting: str | None, columns: dict[str, dict[str, Any]]
) -> str:
    details = literal(json.dumps(columns))
    changed = ", ".join(map(literal, (place, style, sorting)))
    return f"SELECT pg_double.change({changed}, {details})"


def _runs(sql: str, outside: str = "") -> Callable[[Session], str]:
    def run(session: Session) -> str:
        if outside:
            outside_transactions(session, outside)
        session.backend.run(sql)
        return "ALTER TABLE"

    return run
