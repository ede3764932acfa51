"""SQL as text: names and literals, which are of contracts, versions, runs and URLs, never data."""

from datetime import date


def quoted(name: str) -> str:
    """An identifier as it is, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | bool | int | date | None) -> str:
    """A constant. Redshift takes a backslash in a text for an escape, so it is doubled."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case date():
            return f"DATE '{value.isoformat()}'"
        case _:
            return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def listed(values: list[str]) -> str:
    """Texts for IN (…), which must not be empty."""
    return ", ".join(literal(value) for value in values)
