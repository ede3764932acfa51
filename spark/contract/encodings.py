"""Redshift's column encodings, and which types each compresses."""

from collections.abc import Sequence

from spark.contract.types import ColumnType

_INTEGERS = ("smallint", "integer", "bigint")
_EXACT = (*_INTEGERS, "decimal")
_TIMES = ("date", "timestamp")

_FAMILIES = {
    "raw": (*_EXACT, *_TIMES, "double precision", "boolean", "varchar", "super"),
    "az64": (*_EXACT, *_TIMES),
    "bytedict": (*_EXACT, *_TIMES, "double precision", "varchar"),
    "delta": (*_EXACT, *_TIMES),
    "delta32k": ("integer", "bigint", "decimal", *_TIMES),
    "lzo": (*_EXACT, *_TIMES, "varchar", "super"),
    "mostly8": _EXACT,
    "mostly16": ("integer", "bigint", "decimal"),
    "mostly32": ("bigint", "decimal"),
    "runlength": (*_EXACT, *_TIMES, "double precision", "boolean", "varchar"),
    "text255": ("varchar",),
    "text32k": ("varchar",),
    "zstd": (*_EXACT, *_TIMES, "double precision", "boolean", "varchar", "super"),
}


def accepted_encodings(column_type: ColumnType) -> Sequence[str]:
    """The encodings that a column of this type may have."""
    family = column_type.redshift.partition("(")[0]
    return [encoding for encoding, families in _FAMILIES.items() if family in families]
