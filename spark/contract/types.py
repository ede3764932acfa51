"""Redshift's column types, and what each is called by Spark, DuckDB and Hyper."""

import re
from dataclasses import dataclass

_WITHOUT_ARGUMENTS = {
    "smallint": ("smallint", "smallint", "smallint"),
    "integer": ("int", "integer", "integer"),
    "bigint": ("bigint", "bigint", "bigint"),
    "double precision": ("double", "double", "double precision"),
    "boolean": ("boolean", "boolean", "boolean"),
    "date": ("date", "date", "date"),
    "timestamp": ("timestamp", "timestamp", "timestamp"),
    "super": ("string", "json", None),
}
_WITH_ARGUMENTS = re.compile(r"(decimal|varchar)\((\d+)(?:, ?(\d+))?\)")

EXPECTED = (
    "smallint, integer, bigint, decimal(precision, scale), double precision, boolean, date, "
    "timestamp, varchar(bytes) or super"
)


@dataclass(frozen=True)
class ColumnType:
    """One Redshift type under its four names.

    `super` travels as JSON text. `hyper` is None where a .hyper file cannot hold the type.
    `bytes` is the longest UTF-8 value of a varchar, which Redshift counts in bytes; `scale` is
    a decimal's.
    """

    redshift: str
    spark: str
    duckdb: str
    hyper: str | None
    bytes: int | None = None
    scale: int | None = None

    @property
    def is_number(self) -> bool:
        return self.spark.startswith(("smallint", "int", "bigint", "decimal"))


def parse_type(text: str) -> ColumnType:
    """The type that a declaration calls `text`; ValueError if Redshift has none of that name."""
    if text in _WITHOUT_ARGUMENTS:
        return ColumnType(text, *_WITHOUT_ARGUMENTS[text])
    match = _WITH_ARGUMENTS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no type; use {EXPECTED}")
    family, size, scale = match[1], int(match[2]), match[3]
    if family == "varchar":
        if scale is not None or not 1 <= size <= 65535:
            raise ValueError(f"{text!r} is no type; a varchar takes one size of 1 to 65535 bytes")
        return ColumnType(text, "string", "varchar", "text", bytes=size)
    if scale is None or not 1 <= size <= 38 or int(scale) > size:
        raise ValueError(
            f"{text!r} is no type; a decimal takes a precision of 1 to 38 and a scale within it"
        )
    exact = f"decimal({size},{scale})"
    hyper = f"numeric({size},{scale})" if size <= 18 else None
    return ColumnType(text, exact, exact, hyper, scale=int(scale))
