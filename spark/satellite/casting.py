"""One value under the type of its column, as Spark casts it, or nothing where it does not fit."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import cache
from typing import Any

from spark.contract import Column
from spark.satellite.java_double import java_double
from spark.satellite.moments import moment_of
from spark.transform_error import TransformError

_WHITE = "".join(map(chr, range(33))) + "\x7f"
_WHOLE = re.compile(r"[+-]?\d{1,30}", re.ASCII)
_DECIMAL = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?\s*", re.ASCII)
_DOUBLE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?", re.ASCII)
_HEXADECIMAL = re.compile(
    r"([+-]?0[xX](?:[\da-fA-F]+\.?[\da-fA-F]*|\.[\da-fA-F]+)[pP][+-]?\d+)[dDfF]?"
)
_SPECIAL = re.compile(r"[+-]?NaN|(?i:nan|[+-]?inf(inity)?)")
_DAY = re.compile(r"\s*(\d{4}-\d{2}-\d{2})\s*", re.ASCII)
_FINEST = Decimal(1).scaleb(-18)
_BITS = {"smallint": 15, "int": 31, "bigint": 63}
_TRUE, _FALSE = {"t", "true", "y", "yes", "1"}, {"f", "false", "n", "no", "0"}


def cast(value: Any, column: Column) -> Any:
    """The value under its column's type; None if it has none there, or would lose something."""
    casts, bits, is_decimal = _plan(column)
    kind = type(value)
    if kind not in casts:
        raise TransformError(
            f"{column.name} is of Python's {kind.__name__}, of which no {column.type} is made; "
            "yield another type, or its text"
        )
    found = casts[kind](value)
    if found is None:
        return None
    if bits:
        return found if -(1 << bits) <= found < 1 << bits else None
    return _fitted(value, found, column) if is_decimal else found


@cache
def _plan(column: Column) -> tuple[Mapping[type, Callable[[Any], Any]], int, bool]:
    """How Python's types are cast, the bits of a whole number, whether it is a decimal."""
    parsed = column.parsed
    if column.type == "super":
        casts = {kind: _json_of(text) for kind, text in _CASTS["string"].items()}
        return {**casts, str: _json, dict: _written, list: _written, tuple: _written}, 0, False
    if parsed.spark in _BITS:
        casts = {bool: int, int: _same, float: _whole, Decimal: _whole, str: _whole_of_text}
        return casts, _BITS[parsed.spark], False
    if parsed.scale is not None:
        casts = {bool: Decimal, int: Decimal, float: _decimal_of_float, Decimal: _same, str: _exact}
        return casts, 0, True
    return _CASTS[parsed.spark], 0, False


def _same(value: Any) -> Any:
    return value


def _whole(number: float | Decimal) -> int | None:
    try:
        return int(number) if number == int(number) else None
    except (ValueError, OverflowError):  # no number at all, or an endless one
        return None


def _whole_of_text(text: str) -> int | None:
    stripped = text.strip(_WHITE)
    return int(stripped) if _WHOLE.fullmatch(stripped) else None


def _decimal_of_float(number: float) -> Decimal | None:
    found = Decimal(repr(number))
    return found if found.is_finite() else None


def _exact(text: str) -> Decimal | None:
    return Decimal(text.strip()) if _DECIMAL.fullmatch(text) else None


def _fitted(value: Any, number: Decimal, column: Column) -> Decimal | None:
    """The number with its column's scale; rounded unless it was text, None if it is too large."""
    scale = column.parsed.scale or 0
    try:
        with localcontext(prec=76, rounding=ROUND_HALF_UP):
            rounded = number.quantize(Decimal(1).scaleb(-scale)) + 0
            # Of a number with an exponent Spark looks at so many digits.
            said = number.quantize(_FINEST) if "e" in str(value).lower() else number
    except InvalidOperation:
        return None
    if rounded and rounded.adjusted() >= _precision(column) - scale:
        return None
    return None if isinstance(value, str) and rounded != said else rounded


def _double(text: str) -> float | None:
    stripped = text.strip(_WHITE)
    if _DOUBLE.fullmatch(stripped):
        return float(stripped.rstrip("dDfF"))
    if found := _HEXADECIMAL.fullmatch(stripped):
        return float.fromhex(found[1])
    return float(stripped) if _SPECIAL.fullmatch(stripped) else None


def _truth(text: str) -> bool | None:
    stripped = text.strip(_WHITE).lower()
    return True if stripped in _TRUE else False if stripped in _FALSE else None


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    return moment_of(text.strip(_WHITE)) if text.isascii() else None


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _shown(moment: datetime) -> str:
    text = _utc(moment).replace(tzinfo=None).isoformat(" ")
    return text.rstrip("0") if "." in text else text


def _json(text: str) -> str | None:
    try:
        json.loads(text, parse_constant=_refuse, object_pairs_hook=_refuse_twice)
    except (ValueError, RecursionError):
        return None
    return text


def _refuse(_: str) -> None:
    raise ValueError


def _refuse_twice(fields: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in fields}) < len(fields):
        raise ValueError


def _json_of(text: Callable[[Any], str]) -> Callable[[Any], str | None]:
    return lambda value: _json(text(value))


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


_CASTS: Mapping[str, Mapping[type, Callable[[Any], Any]]] = {
    "double": {bool: float, int: float, float: _same, Decimal: float, str: _double},
    "boolean": {bool: _same, int: bool, str: _truth},
    "date": {date: _same, datetime: lambda moment: _utc(moment).date(), str: _day},
    "timestamp": {
        datetime: _utc,
        date: lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC),
        str: _moment,
    },
    "string": {
        str: _same,
        bool: lambda truth: str(truth).lower(),
        int: str,
        float: java_double,
        Decimal: lambda number: f"{number:f}",
        date: date.isoformat,
        datetime: _shown,
    },
}


def _precision(column: Column) -> int:
    return int(column.parsed.spark.removeprefix("decimal(").partition(",")[0])
