"""Reading a DataFrame in a test."""

from typing import Any


def rows_of(frame: Any, columns: str) -> set[tuple]:
    """The rows of a DataFrame as a set of tuples of these columns."""
    names = [name.strip() for name in columns.split(",")]
    return {tuple(row[name] for name in names) for row in frame.select(*names).collect()}
