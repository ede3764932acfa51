"""Floating-point numbers as Java writes them, and so Spark."""

from decimal import Decimal

_PLAIN_FROM, _PLAIN_TO = 1e-3, 1e7


def java_double(number: float) -> str:
    """The text of a number, as `1.0E10`."""
    if number != number:
        return "NaN"
    size, sign = abs(number), "-" if repr(number).startswith("-") else ""
    if size == float("inf"):
        return f"{sign}Infinity"
    written = Decimal(repr(size))
    if not size or _PLAIN_FROM <= size < _PLAIN_TO:
        text = f"{written:f}"
        return f"{sign}{text}" if "." in text else f"{sign}{text}.0"
    first, *rest = written.normalize().as_tuple().digits
    return f"{sign}{first}.{''.join(map(str, rest)) or '0'}E{written.adjusted()}"
