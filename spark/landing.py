"""Landing files as DataFrames of text: every line accounted for by file and number."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Collection
from functools import reduce
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark.contract import LandingSet
from spark.contract.job import LandingInput

READ_CONF = {
    "spark.sql.files.maxPartitionBytes": str(1 << 40),
    "spark.sql.files.openCostInBytes": str(1 << 40),
}
"""One file, one split: only then does a row's position in its split tell its line."""

_TASK_BYTES = 16 << 20

_FOREIGN = {
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF document",
}
_UNREADABLE = re.compile(r"^[_.]|[:\\]|\._COPYING_$|\.(gz|bz2|deflate|lz4|snappy|zstd?)$", re.I)
"""Names that Spark passes over, cannot open, or takes for compressed files."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_Faults = list[tuple[Column, str]]
SOURCE = "struct<file: string, line: bigint, day: string>"


class LandingError(Exception):
    """A landing file as a whole is not what its set declares."""


def read_landing(
    session: SparkSession, given: LandingInput, only: Collection[int] | None = None
) -> DataFrame:
    """All lines of the given files, or `only` those with these places as place_of() has them.

    Columns: the set's as text, `_source` (file, line, day), `_malformed` (why the line is no
    record, or NULL) and `_line` (as it stands in the file). LandingError if a file is not what the
    set declares.
    """
    layouts: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for paths in given.days.values():
        for path in map(Path, paths):
            layout = _layout(given.landing, path)
            if layout is not None:
                layouts[layout].append(path)
    parsed = [
        _parse(_lines(session, paths, only), given.landing, layout)
        for layout, paths in sorted(layouts.items())
    ] or [_nothing(session, [column.name for column in given.landing.columns])]
    return reduce(DataFrame.unionByName, parsed)


def place_of() -> Column:
    """A number for the place of a line of read_landing(); two places hardly ever share one."""
    return F.xxhash64("_source.file", "_source.line")


def _lines(session: SparkSession, paths: list[Path], only: Collection[int] | None) -> DataFrame:
    # Only the last five parts are looked at: those within the landing folder.
    path = F.substring_index("_metadata.file_path", "/", -5)
    path = F.when(
        F.contains(path, F.lit("%")), F.url_decode(F.replace(path, F.lit("+"), F.lit("%2B")))
    ).otherwise(path)
    position = F.monotonically_increasing_id().bitwiseAND((1 << 33) - 1)
    lines = (
        # Paths are names, not patterns: a file may be called notes[1].csv.
        session.read.option("__globPaths__", "false")
        .text([str(path) for path in paths])
        .select(F.col("value").alias("_line"), path.alias("_file"), (position + 1).alias("_number"))
        .coalesce(_tasks(session, paths))
        .select(
            "_line",
            F.struct(
                F.col("_file").alias("file"),
                F.col("_number").alias("line"),
                F.split_part("_file", F.lit("/"), F.lit(4)).alias("day"),
            ).alias("_source"),
        )
    )
    if only is None:
        return lines
    # In SQL, for each of them would be a call to the JVM.
    places = ", ".join(map(str, only))
    return lines.withColumn("_place", place_of()).where(f"_place IN ({places})").drop("_place")


def _parse(lines: DataFrame, landing: LandingSet, layout: tuple[str, ...]) -> DataFrame:
    if landing.format == "csv":
        records, faults = _csv_records(lines, layout)
    else:
        records, faults = _json_records(lines, landing)
    faults = [(~F.is_valid_utf8("_line"), "is not UTF-8"), *faults]
    return records.select(
        *(
            (F.col("_record")[column.name] if column.name in layout else _missing()).alias(
                column.name
            )
            for column in landing.columns
        ),
        "_source",
        F.coalesce(*(F.when(fault, reason) for fault, reason in faults)).alias("_malformed"),
        F.make_valid_utf8("_line").alias("_line"),
    )


def _tasks(session: SparkSession, paths: list[Path]) -> int:
    """How many tasks read the files, one file after the other; each file's lines count from 0."""
    size = sum(path.stat().st_size for path in paths)
    return max(2 * session.sparkContext.defaultParallelism, -(-size // _TASK_BYTES))


def _csv_records(lines: DataFrame, layout: tuple[str, ...]) -> tuple[DataFrame, _Faults]:
    schema = ", ".join(f"`{name}` string" for name in (*layout, "_corrupt"))
    # escape '"': a quote inside a quoted field is doubled, as RFC 4180 has it.
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "_corrupt", "escape": '"'}
    records = lines.where("_source.line > 1").withColumn(
        "_record", F.from_csv("_line", schema, options)
    )
    quotes = F.length("_line") - F.length(F.replace("_line", F.lit('"')))
    return records, [
        (F.trim("_line") == "", "is an empty line"),
        # A field that goes on in the next line begins with a quote that nothing ends.
        (quotes % 2 == 1, "is a line with an unbalanced quote"),
        (F.col("_record._corrupt").isNotNull(), f"is not a line of {len(layout)} fields"),
    ]


def _json_records(lines: DataFrame, landing: LandingSet) -> tuple[DataFrame, _Faults]:
    # Spark reads the first value of a line and ignores what follows; as an array it does not.
    objects = F.from_json(F.concat(F.lit("["), "_line", F.lit("]")), "array<map<string, string>>")
    records = lines.withColumn("_objects", objects).withColumn(
        "_record", F.when(F.size("_objects") == 1, F.get("_objects", F.lit(0)))
    )
    names = F.map_keys("_record")
    declared = F.array(*(F.lit(column.name) for column in landing.columns))
    required = F.array(
        *(F.lit(column.name) for column in landing.columns if not column.optional)
    ).cast("array<string>")
    return records, [
        (F.col("_record").isNull(), "is not a JSON object"),
        (F.size(F.array_except(names, declared)) > 0, "is an object with an undeclared field"),
        (F.size(F.array_except(required, names)) > 0, "is an object without a required field"),
        (F.size(F.array_distinct(names)) < F.size(names), "is an object with a field twice"),
    ]


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
    shown = "/".join(path.parts[-5:])
    if _UNREADABLE.search(path.name):
        raise LandingError(
            f"{shown} has a name that Spark does not read as text; rename it, for instance to "
            f"<name>.{landing.format}"
        )
    head, is_first = _first_text(path)
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


def _first_text(path: Path) -> tuple[bytes, bool]:
    """The first line that is not blank, without a byte order mark, and whether none precedes it."""
    with path.open("rb") as stream:
        is_first = True
        while line := stream.readline(1 << 20):
            text = line.removeprefix(_BYTE_ORDER_MARK)
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
