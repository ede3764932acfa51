"""A Parquet file as COPY sees it: does it fit the table, and its rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assets_tests.doubles.redshift.messages import Refused, engine_error
from assets_tests.doubles.redshift.tokens import quoted

_EXACTLY = {
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP_MS": "timestamp without time zone",
    "TIMESTAMP_NS": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp without time zone",
    "BLOB": "bytea",
}
_NESTED = re.compile(r".*\[\]$|^(STRUCT|MAP)\(")
_AS_REDSHIFT = {"bytea": "varbyte", "pg_catalog.super": "super"}
_CHUNK = 1 << 18


@dataclass(frozen=True)
class Target:
    """A column of the table that is loaded."""

    name: str
    type: str
    is_nullable: bool

    @property
    def size(self) -> int | None:
        sized = re.fullmatch(r"character(?: varying)?\((\d+)\)", self.type)
        return int(sized[1]) if sized else None


@dataclass(frozen=True)
class LoadError(Exception):
    """A value that does not fit: what the client is told, and what the load-error views show."""

    said: Refused
    url: str
    target: Target
    code: int
    reason: str
    value: str


class File:
    """One file of a load."""

    def __init__(self, url: str, path: Path, targets: list[Target], *, nested: bool) -> None:
        self.url, self._path, self._targets, self._nested = url, path, targets, nested
        self._duck = duckdb.connect(config={"threads": 1})
        self._duck.execute("SET TimeZone = 'UTC'")
        self._from = f"read_parquet('{path}')"
        try:
            self._columns = [
                (str(row[0]), str(row[1]))
                for row in self._duck.execute(f"DESCRIBE SELECT * FROM {self._from}").fetchall()
            ]
        except duckdb.Error as error:
            raise self._scan_error(
                15001, f"File '{self._http}' has an invalid version number."
            ) from error

    def check(self) -> None:
        """Raises what COPY says of a file whose columns or values do not fit."""
        if len(self._columns) != len(self._targets):
            raise self._scan_error(
                15007,
                f"Unmatched number of columns between table and file. Table columns: "
                f"{len(self._targets)}, Data columns: {len(self._columns)}, "
                f"File name: {self._http}",
            )
        for place, ((name, kind), target) in enumerate(
            zip(self._columns, self._targets, strict=True), 1
        ):
            if not self._fits(kind, target.type):
                raise self._scan_error(
                    15007,
                    f"File '{self._http}' has an incompatible Parquet schema for column "
                    f"'{self.url}.{name}'. Column type: {_redshift(target.type)}, Parquet schema:\n"
                    f"optional {_parquet(kind)} {name} [i:{place - 1} d:1 r:0]\n",
                )
        for (name, _), target in zip(self._columns, self._targets, strict=True):
            self._check_values(quoted(name), target)

    def rows(self, folder: Path) -> Iterator[bytes]:
        """The rows as CSV for PostgreSQL: NULL is nothing, an empty text is quoted."""
        chosen = ", ".join(
            f"{_as_text(quoted(name), kind, target.type)} AS c{place}"
            for place, ((name, kind), target) in enumerate(
                zip(self._columns, self._targets, strict=True)
            )
        )
        csv = folder / "rows.csv"
        self._duck.execute(
            f"COPY (SELECT {chosen} FROM {self._from}) TO '{csv}' "
            "(FORMAT csv, HEADER false, FORCE_QUOTE *)"
        )
        with csv.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    @property
    def count(self) -> int:
        return self._one(f"SELECT count(*) FROM {self._from}")[0]

    def close(self) -> None:
        self._duck.close()

    @property
    def _http(self) -> str:
        return "https://s3.us-east-1.amazonaws.com/" + self.url.removeprefix("s3://")

    def _fits(self, kind: str, wanted: str) -> bool:
        if _NESTED.search(kind):
            return self._nested and wanted == "super"
        if kind.startswith("DECIMAL"):
            return wanted == "numeric" + kind.removeprefix("DECIMAL")
        if kind == "VARCHAR":
            return wanted.startswith("character") or wanted == "super"
        return _EXACTLY.get(kind) == wanted

    def _check_values(self, name: str, target: Target) -> None:
        if (
            not target.is_nullable
            and self._one(f"SELECT count(*) - count({name}) FROM {self._from}")[0]
        ):
            raise LoadError(
                Refused("23502", f"Cannot insert a NULL value into column {target.name}"),
                *(self.url, target, 1213, "Missing data for not-null field", ""),
            )
        if target.size is None:
            return
        longest = self._one(f"SELECT max(strlen({name})) FROM {self._from}")[0] or 0
        if longest > target.size:
            value = self._one(
                f"SELECT {name} FROM {self._from} WHERE strlen({name}) > {target.size} LIMIT 1"
            )[0]
            raise LoadError(
                self._scan_error(
                    15001,
                    f"The length of the data column {target.name} is longer than the length "
                    f"defined in the table. Table: {target.size}, Data: {longest}, "
                    f"File name: {self._http}",
                ),
                *(self.url, target, 1204, "String length exceeds DDL length", value),
            )

    def _one(self, sql: str) -> tuple:
        row = self._duck.execute(sql).fetchone()
        assert row is not None
        return row

    def _scan_error(self, number: int, context: str) -> Refused:
        return engine_error("Spectrum Scan Error", number, context)


def _as_text(name: str, kind: str, wanted: str) -> str:
    if wanted == "super":
        return f"CASE WHEN {name} IS NOT NULL THEN to_json({name}) END"
    if kind == "TIMESTAMP_NS":
        # Nanoseconds are taken for microseconds.
        return f"make_timestamp(epoch_ns({name}))"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"{name} AT TIME ZONE 'UTC'"
    if kind == "BLOB":
        return f"'\\x' || hex({name})"
    return name


def _redshift(kind: str) -> str:
    kind = _AS_REDSHIFT.get(kind, kind)
    return kind.removesuffix(" without time zone").replace("character varying", "varchar").upper()


def _parquet(kind: str) -> str:
    named = {
        "BIGINT": "int64",
        "INTEGER": "int32",
        "SMALLINT": "int32 (INT_16)",
        "TINYINT": "int32 (INT_8)",
        "VARCHAR": "binary (UTF8)",
        "TIME": "int64 (TIME_MICROS)",
        "DATE": "int32 (DATE)",
        "TIMESTAMP": "int64 (TIMESTAMP_MICROS)",
        "TIMESTAMP WITH TIME ZONE": "int64 (TIMESTAMP_MICROS)",
    }
    return named.get(kind, kind.lower())
