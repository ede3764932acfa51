"""CREATE TABLE and ALTER TABLE: what PostgreSQL lacks is taken out and remembered."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assets_tests.doubles.redshift.messages import Refused
from assets_tests.doubles.redshift.rewriting import rewritten_tokens
from assets_tests.doubles.redshift.session import Session
from assets_tests.doubles.redshift.tokens import (
    Token,
    end_of,
    joined,
    literal,
    quoted,
    split,
)

_TYPES = {
    **dict.fromkeys(("SMALLINT", "INT2"), "smallint"),
    **dict.fromkeys(("INTEGER", "INT", "INT4"), "integer"),
    **dict.fromkeys(("BIGINT", "INT8"), "bigint"),
    **dict.fromkeys(("REAL", "FLOAT4"), "real"),
    **dict.fromkeys(("DOUBLE", "FLOAT8", "FLOAT"), "double precision"),
    **dict.fromkeys(("BOOLEAN", "BOOL"), "boolean"),
    **dict.fromkeys(("DECIMAL", "NUMERIC"), "numeric"),
    **dict.fromkeys(("VARCHAR", "NVARCHAR", "CHARACTER VARYING", "TEXT"), "varchar"),
    **dict.fromkeys(("CHAR", "CHARACTER", "NCHAR", "BPCHAR"), "char"),
    **dict.fromkeys(("VARBYTE", "VARBINARY"), "bytea"),
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMPTZ": "timestamptz",
    "TIME": "time",
    "TIMETZ": "timetz",
    "SUPER": "super",
}
_SIZES = {"varchar": "256", "char": "1", "numeric": "18, 0"}
_LARGEST = {"varchar": 65535, "char": 4096}
_KEYS = ("PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT", "REFERENCES")


@dataclass
class Table:
    """What CREATE TABLE says beyond PostgreSQL's own."""

    parts: list[str] = field(default_factory=list)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_null: list[str] = field(default_factory=list)
    style: str | None = None
    sorting: str | None = None
    pattern: str | None = None
    is_query: bool = False

    def column(self, name: str) -> dict[str, Any]:
        if self.is_query or self.pattern:
            return self.columns.setdefault(name, {})
        if name not in self.columns:
            raise Refused("42703", f'column "{name}" named in key does not exist')
        return self.columns[name]


def create_table(parts: list[Token]) -> Callable[[Session], str]:
    """Runs CREATE [TEMP] TABLE [IF NOT EXISTS] name ( … ) attributes | attributes AS query."""
    at = next(index for index, part in enumerate(parts) if part.word == "TABLE") + 1
    head = joined(parts[:at])
    if [part.word for part in parts[at : at + 3]] == ["IF", "NOT", "EXISTS"]:
        head, at = head + " IF NOT EXISTS", at + 3
    name, at = relation(parts, at)
    table = Table()
    body = ""
    if at < len(parts) and parts[at].text == "(":
        end = end_of(parts, at)
        _elements(parts[at + 1 : end], table)
        after = _attributes(parts, end + 1, table)
        if after < len(parts):
            raise _syntax(parts[after])
        body = f"({', '.join(table.parts)})"
    else:
        table.is_query = True
        after = _attributes(parts, at, table)
        if after >= len(parts) or parts[after].word != "AS":
            raise _syntax(parts[min(after, len(parts) - 1)])
        body = rewritten_tokens(parts[after:])
    details = json.dumps(table.columns)
    pattern = f", {literal(table.pattern)}" if table.pattern else ""
    sql = (
        f"{head} {name} {body}; SELECT pg_double.remember({literal(name)}, "
        f"{literal(table.style)}, {literal(table.sorting)}, {literal(details)}{pattern})"
    )

    def run(session: Session) -> str:
        session.backend.run(sql)
        return "SELECT" if table.is_query else "CREATE TABLE"

    return run


def relation(parts: list[Token], at: int) -> tuple[str, int]:
    """A table's name as SQL, and where it ends."""
    names = [quoted(parts[at].name)]
    at += 1
    while at + 1 < len(parts) and parts[at].text == ".":
        names.append(quoted(parts[at + 1].name))
        at += 2
    return ".".join(names[-2:]), at


def column(parts: list[Token], table: Table) -> str:
    """One column's definition as PostgreSQL takes it; the rest is noted in `table`."""
    name = parts[0].name
    noted = table.columns[name] = {}
    sql, at = column_type(parts, 1, name)
    words = [quoted(name), sql]
    while at < len(parts):
        word = parts[at].word
        following = parts[at + 1].word if at + 1 < len(parts) else ""
        if word == "NOT" and following == "NULL":
            words.append("NOT NULL")
            at += 2
        elif word == "NULL":
            at += 1
        elif word == "ENCODE":
            noted["encoding"] = parts[at + 1].name
            at += 2
        elif word == "DISTKEY":
            noted["distkey"], table.style = True, "KEY"
            at += 1
        elif word == "SORTKEY":
            noted["sortkey"], table.sorting = 1, table.sorting or "COMPOUND"
            at += 1
        elif word in ("PRIMARY", "UNIQUE"):
            words += ["NOT NULL"] if word == "PRIMARY" else []
            at += 2 if word == "PRIMARY" else 1
        elif word == "REFERENCES":
            at = relation(parts, at + 1)[1]
            at = end_of(parts, at) + 1 if at < len(parts) and parts[at].text == "(" else at
        elif word in ("IDENTITY", "GENERATED"):
            always = word == "IDENTITY"
            at = next(i for i in range(at, len(parts)) if parts[i].text == "(")
            end = end_of(parts, at)
            seed, step = (joined(part) for part in split(parts[at + 1 : end]))
            words.append(
                f"GENERATED {'ALWAYS' if always else 'BY DEFAULT'} AS IDENTITY "
                f"(START WITH {seed} INCREMENT BY {step})"
            )
            at = end + 1
        elif word == "DEFAULT":
            end = at + 1
            while end < len(parts) and (
                end == at + 1
                or parts[end].word not in ("NOT", "NULL", "ENCODE", "DISTKEY", "SORTKEY")
            ):
                end = end_of(parts, end) + 1 if parts[end].text == "(" else end + 1
            expression = rewritten_tokens(parts[at + 1 : end])
            words.append(f"DEFAULT {expression}")
            at = end
        elif word == "COLLATE":
            at += 2
        else:
            raise _syntax(parts[at])
    return " ".join(words)


def column_type(parts: list[Token], at: int, name: str) -> tuple[str, int]:
    """A type as PostgreSQL has it, and where it ends."""
    if at >= len(parts):
        raise Refused("42601", f'syntax error at end of input after "{name}"')
    word = parts[at].word or parts[at].name.upper()
    if word == "CHARACTER" and at + 1 < len(parts) and parts[at + 1].word == "VARYING":
        word, at = "CHARACTER VARYING", at + 1
    if word == "DOUBLE" and at + 1 < len(parts) and parts[at + 1].word == "PRECISION":
        at += 1
    if word not in _TYPES:
        if word in ("JSON", "JSONB", "UUID", "BYTEA", "INTERVAL", "XML", "SERIAL", "MONEY"):
            raise Refused("0A000", f'Column "{name}" has unsupported type "{word.lower()}"')
        raise Refused("42704", f'type "{word.lower()}" does not exist')
    sql, at = _TYPES[word], at + 1
    size = _SIZES.get(sql, "")
    if at < len(parts) and parts[at].text == "(":
        end = end_of(parts, at)
        size = joined(parts[at + 1 : end])
        if size.upper() == "MAX":
            size = str(_LARGEST.get(sql, 65535))
        at = end + 1
    if sql in _LARGEST and int(size) > _LARGEST[sql]:
        raise Refused("22023", f"length for type {sql} cannot exceed {_LARGEST[sql]}")
    if sql in ("float", "double precision", "bytea"):
        size = ""
    if (
        at + 2 < len(parts)
        and parts[at].word in ("WITH", "WITHOUT")
        and parts[at + 1].word == "TIME"
    ):
        sql = sql.removesuffix("tz") + ("tz" if parts[at].word == "WITH" else "")
        at += 3
    return f"{sql}({size})" if size else sql, at


def _elements(inner: list[Token], table: Table) -> None:
    for part in split(inner):
        if part[0].word == "LIKE":
            table.pattern, end = relation(part, 1)
            table.parts.append(f"LIKE {table.pattern} {joined(part[end:])}".strip())
        elif part[0].word in _KEYS:
            if any(token.word == "PRIMARY" for token in part):
                opening = next(i for i, token in enumerate(part) if token.text == "(")
                table.not_null += [
                    one[0].name for one in split(part[opening + 1 : end_of(part, opening)])
                ]
        else:
            table.parts.append(column(part, table))
    for name in table.not_null:
        table.column(name)
        index = next(i for i, part in enumerate(table.parts) if part.startswith(quoted(name) + " "))
        if "NOT NULL" not in table.parts[index]:
            table.parts[index] += " NOT NULL"


def _attributes(parts: list[Token], at: int, table: Table) -> int:
    """Reads table attributes; where they end."""
    while at < len(parts):
        word = parts[at].word
        if word == "BACKUP":
            at += 2
        elif word == "DISTSTYLE":
            table.style = parts[at + 1].word
            if table.style not in ("AUTO", "EVEN", "KEY", "ALL"):
                raise _syntax(parts[at + 1])
            at += 2
        elif word == "DISTKEY":
            end = end_of(parts, at + 1)
            table.column(parts[at + 2].name)["distkey"] = True
            table.style = "KEY"
            at = end + 1
        elif word in ("COMPOUND", "INTERLEAVED"):
            table.sorting = word
            at += 1
        elif word == "SORTKEY":
            if at + 1 < len(parts) and parts[at + 1].word in ("AUTO", "NONE"):
                at += 2
                continue
            end = end_of(parts, at + 1)
            table.sorting = table.sorting or "COMPOUND"
            for place, part in enumerate(split(parts[at + 2 : end]), 1):
                sign = -1 if table.sorting == "INTERLEAVED" and place % 2 == 0 else 1
                table.column(part[0].name)["sortkey"] = sign * place
            at = end + 1
        elif word == "ENCODE" and at + 1 < len(parts) and parts[at + 1].word == "AUTO":
            at += 2
        elif word == "ON":
            raise Refused("0A000", "ON COMMIT is not supported")
        else:
            break
    return at


def _syntax(part: Token) -> Refused:
    return Refused("42601", f'syntax error at or near "{part.text}"')
