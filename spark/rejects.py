"""Keep every rejected row: where it came from, why it does not fit, and what it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark.contract import WHOLE
from spark.contract.manifest import DataFile
from spark.writing import read_back, rebalanced, write_rows, written_files

SCHEMA = "partition string, source_file string, source_line bigint, reason string, row string"


@dataclass(frozen=True)
class Rejects:
    """By partition: the Parquet files, and the rows by reason."""

    files: Mapping[str, list[DataFile]]
    reasons: Mapping[str, Mapping[str, int]]


NO_REJECTS = Rejects({}, {})


def write_rejects(
    session: SparkSession,
    fitted: DataFrame,
    landed: list[DataFrame],
    folder: str,
    lake: str,
    partitions: list[str],
) -> Rejects:
    """Writes the rejected rows of `fitted` and the malformed lines of `landed` below `folder`."""
    rows = fitted.where("_rejected IS NOT NULL").select(
        F.col("_partition").alias("partition"),
        *_source(),
        F.col("_rejected").alias("reason"),
        F.col("_row").alias("row"),
        "_partition",
    )
    if landed:
        day = F.lit(WHOLE) if partitions == [WHOLE] else F.col("_source.day")
        malformed = [
            lines.where("_malformed IS NOT NULL").select(
                day.alias("partition"),
                *_source(),
                F.col("_malformed").alias("reason"),
                F.col("_line").alias("row"),
                day.alias("_partition"),
            )
            for lines in landed
        ]
        rows = rebalanced(reduce(DataFrame.unionByName, malformed, rows), partitions)
    write_rows(rows, folder, partitions, ["source_file", "source_line"])
    reasons: dict[str, dict[str, int]] = {}
    files = written_files(folder, lake, partitions)
    written = read_back(session, folder, lake, files, SCHEMA, partitions)
    for row in written.groupBy("_partition", "reason").count().collect():
        reasons.setdefault(row["_partition"], {})[row["reason"]] = row["count"]
    return Rejects(files, reasons)


def _source() -> list[Column]:
    return [F.col("_source.file").alias("source_file"), F.col("_source.line").alias("source_line")]
