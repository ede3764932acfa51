"""Landing files as DataFrames of text: every line accounted for by file and number."""

from collections import defaultdict
from collections.abc import Collection
from functools import partial, reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark.contract import LandingSet
from spark.contract.job import LandingInput
from spark.files import Files, Listed, files_at
from spark.layout import layout_of
from spark.lines import is_valid_utf8, make_valid_utf8

READ_CONF = {
    "spark.sql.files.maxPartitionBytes": str(1 << 40),
    "spark.sql.files.openCostInBytes": str(1 << 40),
}
"""One file, one split: only then does a row's position in its split tell its line."""

_TASK_BYTES = 16 << 20

_Faults = list[tuple[Column, str]]
SOURCE = "struct<file: string, line: bigint, day: string>"


def read_landing(
    session: SparkSession, given: LandingInput, only: Collection[int] | None = None
) -> DataFrame:
    """All lines of the given files, or `only` those with these places as place_of() has them.

    Columns: the set's as text, `_source` (file, line, day), `_malformed` (why the line is no
    record, or NULL) and `_line` (as it stands in the file). LandingError if a file is not what the
    set declares.
    """
    layouts: dict[tuple[str, ...], list[Listed]] = defaultdict(list)
    paths = [path for of_one_day in given.days.values() for path in of_one_day]
    files = files_at(paths[0] if paths else "")
    for file, layout in files.each(partial(_look_at, given.landing, files), paths):
        if layout is not None:
            layouts[layout].append(file)
    parsed = [
        _parse(_lines(session, of_one, only), given.landing, layout)
        for layout, of_one in sorted(layouts.items())
    ] or [_nothing(session, [column.name for column in given.landing.columns])]
    return reduce(DataFrame.unionByName, parsed)


def place_of() -> Column:
    """A number for the place of a line of read_landing(); two places hardly ever share one."""
    return F.xxhash64("_source.file", "_source.line")


def _lines(session: SparkSession, files: list[Listed], only: Collection[int] | None) -> DataFrame:
    # Only the last five parts are looked at: those within the landing folder.
    path = F.substring_index("_metadata.file_path", "/", -5)
    path = F.when(
        F.contains(path, F.lit("%")), F.url_decode(F.replace(path, F.lit("+"), F.lit("%2B")))
    ).otherwise(path)
    position = F.monotonically_increasing_id().bitwiseAND((1 << 33) - 1)
    lines = (
        # Paths are names, not patterns: a file may be called notes[1].csv.
        session.read.option("__globPaths__", "false")
        .text([file.path for file in files])
        .select(F.col("value").alias("_line"), path.alias("_file"), (position + 1).alias("_number"))
        .coalesce(_tasks(session, files))
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
    faults = [(~is_valid_utf8("_line"), "is not UTF-8"), *faults]
    return records.select(
        *(
            (F.col("_record")[column.name] if column.name in layout else _missing()).alias(
                column.name
            )
            for column in landing.columns
        ),
        "_source",
        F.coalesce(*(F.when(fault, reason) for fault, reason in faults)).alias("_malformed"),
        make_valid_utf8("_line").alias("_line"),
    )


def _tasks(session: SparkSession, files: list[Listed]) -> int:
    """How many tasks read the files, one file after the other; each file's lines count from 0."""
    size = sum(file.bytes for file in files)
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


def _look_at(landing: LandingSet, files: Files, path: str) -> tuple[Listed, tuple[str, ...] | None]:
    """A file with its size, and its columns in their order; None if it is empty."""
    with files.opened(path) as file:
        return Listed(path, file.bytes), layout_of(landing, path, file.stream)
