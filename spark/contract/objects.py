"""What stands beside a table in a warehouse: its readers and its views."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

_READER = re.compile(
    r"(?P<kind>role|user|group) (?P<name>[a-z_][a-z0-9_]{0,126})"
    r"(?: on schema (?P<schema>[a-z][a-z0-9_]*))?"
)
_VIEW = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_QUERY = re.compile(r"(?:select|with)\b", re.IGNORECASE)
_READ = re.compile(r"\b(?:from|join)\s+([a-z_][a-z0-9_.]*)(?!\s*\()\b", re.IGNORECASE)
_NAMED = re.compile(r"(?:\bwith|,)\s*([a-z_][a-z0-9_]*)\s+as\s*\(", re.IGNORECASE)
_FROM_IN_FUNCTION = re.compile(r"\b(?:extract|substring|trim)\s*\([^()]*?\bfrom\b", re.IGNORECASE)
_INTERNAL = "seniorlink"


@dataclass(frozen=True)
class Reader:
    """Who may read; `schema` if it is all of a schema, "" if it is one table and its views."""

    kind: Literal["role", "user", "group"]
    name: str
    schema: str


def parse_reader(text: str) -> Reader:
    """The reader that a declaration calls `text`; ValueError if that is none."""
    match = _READER.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text!r} is no reader; write it as in 'role bi', 'group analysts', 'user tableau' or "
            "'role bi on schema reporting', in lower case"
        )
    return Reader(match["kind"], match["name"], match["schema"] or "")  # pyright: ignore[reportArgumentType]


def check_readers(readers: Collection[str], schemas: Collection[str]) -> None:
    """ValueError unless Redshift can let each read what it names in one of these schemas."""
    told = [*readers]
    for text in told:
        reader = parse_reader(text)
        if told.count(text) > 1:
            raise ValueError(f"{text!r} is named twice; keep one of them")
        if reader.schema and reader.kind == "group":
            raise ValueError(
                f"{text!r}: Redshift lets no group read a whole schema; name a role, or "
                f"'group {reader.name}', who then reads this table"
            )
        if reader.schema and reader.schema not in schemas:
            raise ValueError(
                f"{text!r}: neither the table nor a view of it is in that schema; name one of "
                + ", ".join(sorted(schemas))
            )


def check_view(table: str, view: str, text: str) -> None:
    """ValueError unless `text` is a view of `table`, both called `schema.name`."""
    if not _VIEW.fullmatch(view):
        raise ValueError(f"{view!r} is no view; call it schema.name in lower case")
    if view.split(".")[0] == _INTERNAL:
        raise ValueError(f"{view!r} is in the reserved schema {_INTERNAL!r}; choose another schema")
    if view in (table, f"{table}_rejects"):
        raise ValueError(f"{view!r} is the name of a table; call the view something else")
    if not _QUERY.match(text.strip()):
        raise ValueError(f"{view!r} does not begin with SELECT or WITH; write one query")
    for mark, meaning in ((";", "a semicolon"), ("--", "a comment"), ("/*", "a comment")):
        if mark in text:
            raise ValueError(f"{view!r} has {meaning} ({mark}); write one query without it")
    read = tables_read(text)
    if table not in read:
        raise ValueError(f"{view!r} does not read {table}; declare it beside a table that it reads")
    unqualified = sorted(name for name in read if "." not in name)
    if unqualified:
        raise ValueError(f"{view!r} reads {unqualified[0]}; write its schema too: schema.name")


def tables_read(text: str) -> set[str]:
    """What stands after FROM or JOIN, but for what WITH names."""
    read = {name.lower() for name in _READ.findall(_FROM_IN_FUNCTION.sub(" ", text))}
    return read - {name.lower() for name in _NAMED.findall(text)}
