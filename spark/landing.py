"""Landing files as DataFrames of text: every line accounted for by file and number."""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark.contract import LandingSet
from spark.contract.job import LandingInput

READ_CONF = {
    "spark.sql.files.maxPartitionBytes": str(1 << 40),
    "spark.sql.files.openCostInBytes": str(1 << 40),
}
"""One file, one task: only then does a row's position in its task tell its line."""

_FOREIGN = {
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF document",
}
SOURCE = "struct<file: string, line: bigint, day: string>"


class LandingError(Exception):
    """A landing file as a whole is not what its set declares."""


def read_landing(session: SparkSession, given: LandingInput) -> DataFrame:
    """All lines of the given files; LandingError if a file is not what the set declares.

    Columns: the set's as text, `_source` (file, line, day), `_malformed` (why the line is no
    record, or NULL) and `_line` (as it stands in the file).
    """
    layouts: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for paths in given.days.values():
        for path in paths:
            layout = _layout(given.landing, Path(path))
            if layout is not None:
                layouts[layout].append(path)
    parsed = [
        _parse(session, given.landing, layout, paths) for layout, paths in sorted(layouts.items())
    ] or [_nothing(session, [column.name for column in given.landing.columns])]
    return reduce(DataFrame.unionByName, parsed)


def _parse(
    session: SparkSession, landing: LandingSet, layout: tuple[str, ...], paths: list[str]
) -> DataFrame:
    lines = session.read.text(paths).select(
        F.col("value").alias("_line"),
        F.col("_metadata.file_path").alias("_path"),
        F.monotonically_increasing_id().bitwiseAND((1 << 33) - 1).alias("_position"),
    )
    if landing.format == "csv":
        lines = lines.where("_position > 0")
    schema = ", ".join(f"`{name}` string" for name in (*layout, "_corrupt"))
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "_corrupt"}
    if landing.format == "csv":
        # escape '"': a quote inside a quoted field is doubled, as RFC 4180 has it.
        record = F.from_csv("_line", schema, {**options, "escape": '"'})
        wrong = f"is not a line of {len(layout)} fields"
    else:
        record = F.from_json("_line", schema, options)
        wrong = "is not a JSON object"
    return (
        lines.withColumn("_record", record)
        .withColumn(
            "_malformed",
            F.when(~F.is_valid_utf8("_line"), "is not UTF-8").when(
                F.col("_record._corrupt").isNotNull() | F.col("_record").isNull(), wrong
            ),
        )
        .select(
            *(
                (F.col(f"_record.{column.name}") if column.name in layout else _missing()).alias(
                    column.name
                )
                for column in landing.columns
            ),
            F.struct(
                F.regexp_extract("_path", "(landing/[^/]+/[^/]+/[^/]+/[^/]+)$", 1).alias("file"),
                (F.col("_position") + 1).alias("line"),
                F.regexp_extract("_path", "/([^/]+)/[^/]+$", 1).alias("day"),
            ).alias("_source"),
            "_malformed",
            F.make_valid_utf8("_line").alias("_line"),
        )
    )


def _missing() -> Column:
    return F.lit(None).cast("string")


def _nothing(session: SparkSession, columns: list[str]) -> DataFrame:
    return session.range(0).select(
        *(_missing().alias(name) for name in columns),
        F.lit(None).cast(SOURCE).alias("_source"),
        _missing().alias("_malformed"),
        _missing().alias("_line"),
    )


def _layout(landing: LandingSet, path: Path) -> tuple[str, ...] | None:
    """The columns of a file in its order; None if it is empty."""
    with path.open("rb") as stream:
        head = stream.readline(1 << 20)
    shown = "/".join(path.parts[-5:])
    if not head.strip():
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
    return _header(landing, shown, head)


def _header(landing: LandingSet, shown: str, head: bytes) -> tuple[str, ...]:
    try:
        names = next(csv.reader([head.decode("utf-8-sig")]))
    except UnicodeDecodeError as error:
        raise LandingError(f"{shown} is not UTF-8 text; have it sent again") from error
    declared = {column.name: column.optional for column in landing.columns}
    missing = [name for name, optional in declared.items() if not optional and name not in names]
    if missing:
        raise LandingError(
            f"{shown} lacks the column {', '.join(missing)}; have it sent again, or declare the "
            f"column optional in {landing.key}"
        )
    _refuse_unknown(landing, shown, names)
    return tuple(names)


def _check_fields(landing: LandingSet, shown: str, head: bytes) -> None:
    if not head.lstrip().startswith(b"{"):
        raise LandingError(f"{shown} does not begin with a JSON object; have it sent again")
    try:
        record: Mapping[str, Any] = json.loads(head)
    except ValueError:  # a broken line, which is rejected by itself
        return
    _refuse_unknown(landing, shown, record)


def _refuse_unknown(landing: LandingSet, shown: str, names: Any) -> None:
    declared = [column.name for column in landing.columns]
    unknown = [name for name in names if name not in declared]
    if unknown:
        raise LandingError(
            f"{shown} has the column {', '.join(unknown)}, which {landing.key} does not declare; "
            "declare it as optional"
        )
    if len(set(names)) != len(list(names)):
        raise LandingError(f"{shown} names a column twice; have it sent again")
