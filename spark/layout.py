"""The layout of a landing file, by its beginning, if it is what its set declares."""

import csv
import json
import re
from typing import BinaryIO

from spark.contract import LandingSet

_FOREIGN = {
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF document",
}
_UNREADABLE = re.compile(r"^[_.]|[:\\]|\._COPYING_$|\.(gz|bz2|deflate|lz4|snappy|zstd?)$", re.I)
"""Names that Spark passes over, cannot open, or takes for compressed files."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LandingError(Exception):
    """A landing file as a whole is not what its set declares."""


def layout_of(landing: LandingSet, path: str, stream: BinaryIO) -> tuple[str, ...] | None:
    """The columns of a file in its order; None if it is empty. LandingError if it is no such file.

    `stream` is at its beginning.
    """
    parts = path.split("/")
    shown = "/".join(parts[-5:])
    if _UNREADABLE.search(parts[-1]):
        raise LandingError(
            f"{shown} has a name that Spark does not read as text; rename it, for instance to "
            f"<name>.{landing.format}"
        )
    head, is_first = _first_text(stream)
    if not head:
        return None
    foreign = next((name for magic, name in _FOREIGN.items() if head.startswith(magic)), None)
    if foreign or b"\x00" in head:
        raise LandingError(
            f"{shown} is {foreign or 'binary'}, not {landing.format}; "
            "have the source system send it again"
        )
    if landing.format == "jsonl":
        _check_fields(landing, shown, head)
        return tuple(column.name for column in landing.columns)
    if not is_first:
        raise LandingError(f"{shown} begins with an empty line, not a header; have it sent again")
    return _header(landing, shown, head)


def _first_text(stream: BinaryIO) -> tuple[bytes, bool]:
    """The first line that is not blank, without a byte order mark, and whether none precedes it."""
    is_first = True
    while line := stream.readline(1 << 20):
        text = line.removeprefix(BYTE_ORDER_MARK)
        if text.strip():
            return text, is_first
        is_first = False
    return b"", True


def _header(landing: LandingSet, shown: str, head: bytes) -> tuple[str, ...]:
    try:
        names = next(csv.reader([head.decode("utf-8")]))
    except UnicodeDecodeError as error:
        raise LandingError(f"{shown} is not UTF-8 text; have it sent again") from error
    except csv.Error as error:
        raise LandingError(
            f"{shown} has a header that is no line of CSV; have it sent again"
        ) from error
    _check_names(landing, shown, names)
    return tuple(names)


def _check_fields(landing: LandingSet, shown: str, head: bytes) -> None:
    if not head.lstrip().startswith(b"{"):
        raise LandingError(f"{shown} does not begin with a JSON object; have it sent again")
    try:
        names = json.loads(head, object_pairs_hook=lambda fields: [name for name, _ in fields])
    except ValueError:  # a broken line, which is rejected by itself
        return
    _check_names(landing, shown, names)


def _check_names(landing: LandingSet, shown: str, names: list[str]) -> None:
    required = [column.name for column in landing.columns if not column.optional]
    declared = [column.name for column in landing.columns]
    missing = [name for name in required if name not in names]
    unknown = [name for name in names if name not in declared]
    twice = sorted({name for name in names if names.count(name) > 1})
    if missing:
        raise LandingError(
            f"{shown} lacks the column {', '.join(missing)}; have it sent again, or declare the "
            f"column optional in {landing.key}"
        )
    if unknown:
        raise LandingError(
            f"{shown} has the column {', '.join(unknown)}, which {landing.key} does not declare; "
            "declare it as optional"
        )
    if twice:
        raise LandingError(f"{shown} names the column {', '.join(twice)} twice; have it sent again")
