"""Write rows as Parquet, in files that Spark sizes from the data itself, and read them back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark import lines
from spark.contract.manifest import DataFile
from spark.files import files_at

STORE_CONF = {"mapreduce.fileoutputcommitter.algorithm.version": "2"}
"""Where a rename is a copy, tasks rename what they wrote, and not the driver all of it at the end.

What a task left that failed meanwhile has the name of what its next try writes. EMR's committers
do without renames and pay no heed to this.
"""

_TASK_BYTES = 4 << 20


_LEAST_PARTS = "spark.sql.adaptive.coalescePartitions.minPartitionNum"


def rebalanced(frame: DataFrame, partitions: list[str]) -> DataFrame:
    """`frame` (with `_partition`) in parts of a good size for files.

    One partition is dealt out to as many parts as the settings ask for, if they do: of those that
    are too small Spark puts equally many together, and those that are too large it divides alike.
    """
    if len(partitions) > 1:
        return lines.rebalanced(frame, "_partition")
    parts = frame.sparkSession.conf.get(_LEAST_PARTS, None)
    return frame.hint("rebalance", int(parts)) if parts else lines.rebalanced(frame)


def write_rows(frame: DataFrame, folder: str, partitions: list[str], sort_by: list[str]) -> None:
    """Writes `frame` (with `_partition`) to `folder`, each part sorted and to files of its own.

    Several partitions get a folder each.
    """
    several = len(partitions) > 1
    order = ["_partition", *sort_by] if several else sort_by
    ordered = frame.sortWithinPartitions(*order) if order else frame
    if several:
        ordered.write.partitionBy("_partition").parquet(folder)
    else:
        ordered.drop("_partition").write.parquet(folder)


def written_files(folder: str, lake: str, partitions: list[str]) -> Mapping[str, list[DataFile]]:
    """The Parquet files that write_rows() wrote to `folder` by partition, as paths in the lake."""
    several = len(partitions) > 1
    pattern = "_partition=*/*.parquet" if several else "*.parquet"
    found: dict[str, list[DataFile]] = defaultdict(list)
    for file in files_at(lake).matching(folder, pattern):
        day = file.path.rsplit("/", 2)[1].partition("=")[2]
        written = DataFile(file.path.removeprefix(f"{lake}/"), file.bytes)
        found[day if several else partitions[0]].append(written)
    return found


def read_back(
    session: SparkSession,
    folder: str,
    lake: str,
    files: Mapping[str, Sequence[DataFile]],
    schema: str,
    partitions: list[str],
) -> DataFrame:
    """What lies in the files that write_rows() wrote to `folder`, with `_partition`."""
    every = [file for of_one in files.values() for file in of_one]
    if not every:
        return session.createDataFrame([], f"{schema}, _partition string")
    paths = [f"{lake}/{file.path}" for file in every]
    # What one task reads need not be shuffled to be grouped.
    tasks = 1 + sum(file.bytes for file in every) // _TASK_BYTES
    if len(partitions) > 1:
        reader = session.read.schema(f"{schema}, _partition string")
        return reader.option("basePath", folder).parquet(*paths).coalesce(tasks)
    rows = session.read.schema(schema).parquet(*paths).coalesce(tasks)
    return rows.withColumn("_partition", F.lit(partitions[0]))
