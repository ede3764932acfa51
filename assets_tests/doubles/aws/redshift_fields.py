"""Values and columns of a result, as the Data API of Redshift writes them."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

_NAMES = {
    16: "bool",
    17: "varbyte",
    19: "name",
    20: "int8",
    21: "int2",
    23: "int4",
    26: "oid",
    700: "float4",
    701: "float8",
    1042: "bpchar",
    1043: "varchar",
    1082: "date",
    1083: "time",
    1114: "timestamp",
    1184: "timestamptz",
    1266: "timetz",
    1700: "numeric",
    3802: "super",
    4000: "super",
    6551: "varbyte",
}
"""Types of PostgreSQL and of Redshift by their number; others are text."""

_HEADER = 4
"""What the modifier of a type counts before the length, or the precision and the scale."""


def field(value: Any) -> dict[str, Any]:
    """One value; what JSON has no type for is text."""
    match value:
        case None:
            return {"isNull": True}
        case bool():
            return {"booleanValue": value}
        case int():
            return {"longValue": value}
        case float():
            return {"doubleValue": value}
        case bytes():
            return {"blobValue": value}
        case Decimal():
            return {"stringValue": f"{value:f}"}
        case datetime():
            return {"stringValue": _stamp(value)}
        case date() | time():
            return {"stringValue": value.isoformat()}
    return {"stringValue": str(value)}


def column(described: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a column that the driver describes so."""
    label = described["label"]
    label = label.decode() if isinstance(label, bytes) else label
    kind = _NAMES.get(described["type_oid"], "varchar")
    modifier = described["type_modifier"] - _HEADER
    length = precision = scale = 0
    if modifier >= 0 and kind == "numeric":
        precision, scale = modifier >> 16, modifier & 0xFFFF
    elif modifier >= 0 and kind in ("varchar", "bpchar"):
        length = precision = modifier
    return {
        "name": label,
        "label": label,
        "typeName": kind,
        "length": length,
        "precision": precision,
        "scale": scale,
        "nullable": 1,
        "isSigned": kind in ("int2", "int4", "int8", "float4", "float8", "numeric"),
        "isCaseSensitive": kind in ("varchar", "bpchar", "name"),
        "isCurrency": False,
        "schemaName": "",
        "tableName": "",
    }


def _stamp(value: datetime) -> str:
    """As the server writes it: no zeros at the end of a fraction, a short offset."""
    text = value.replace(tzinfo=None).isoformat(" ", "microseconds").rstrip("0").rstrip(".")
    return f"{text}+00" if value.tzinfo else text
