"""Landing files as rows of text: every line accounted for by file and number, as Spark jobs do."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from spark.contract import LandingSet
from spark.layout import layout_of
from spark.satellite.csv_line import csv_fields
from spark.satellite.json_line import NotJson, json_fields

Row = Mapping[str, object]
_Record = dict[str, str | None]


@dataclass(frozen=True)
class Line:
    """A line that is a record (`row`), or `malformed` says why it is none."""

    source: Mapping[str, object]
    text: str
    row: Row | None
    malformed: str | None = None


def read_lines(landing: LandingSet, path: str, stream: BinaryIO) -> Iterator[Line]:
    """The lines of a file; LandingError if it is not what the set declares."""
    layout = layout_of(landing, path, stream)
    if layout is None:
        return
    stream.seek(0)
    shown = path.split("/")[-5:]
    # Bytes that are not UTF-8 become halves of pairs, which valid text never has.
    lines = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline=None)
    try:
        for number, ended in enumerate(lines, 1):
            if number > 1 or landing.format == "jsonl":
                source = {"file": "/".join(shown), "line": number, "day": shown[-2]}
                yield _read(landing, layout, source, ended.removesuffix("\n"))
    finally:
        lines.detach()  # whoever opened the file closes it


def _read(
    landing: LandingSet, layout: tuple[str, ...], source: Mapping[str, object], text: str
) -> Line:
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        legible = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return Line(source, legible, None, "is not UTF-8")
    parsed = _of_csv(text, layout) if landing.format == "csv" else _of_json(text, landing)
    if isinstance(parsed, str):
        return Line(source, text, None, parsed)
    row = {column.name: parsed.get(column.name) for column in landing.columns}
    return Line(source, text, {**row, "_source": source})


def _of_csv(text: str, layout: tuple[str, ...]) -> _Record | str:
    if not text.strip(" "):
        return "is an empty line"
    if text.count('"') % 2:
        return "is a line with an unbalanced quote"
    fields = csv_fields(text)
    if len(fields) != len(layout):
        return f"is not a line of {len(layout)} fields"
    return dict(zip(layout, fields, strict=True))


def _of_json(text: str, landing: LandingSet) -> _Record | str:
    try:
        fields = json_fields(text)
    except NotJson:
        return "is not a JSON object"
    names = {name for name, _ in fields}
    if names.difference(column.name for column in landing.columns):
        return "is an object with an undeclared field"
    if any(not column.optional and column.name not in names for column in landing.columns):
        return "is an object without a required field"
    if len(names) < len(fields):
        return "is an object with a field twice"
    return dict(fields)
