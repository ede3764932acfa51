"""Write rows as Parquet, in files that Spark sizes from the data itself, and read them back."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark.contract.manifest import DataFile

_TASK_BYTES = 4 << 20


def rebalanced(frame: DataFrame, partitions: list[str]) -> DataFrame:
    """`frame` (with `_partition`) in parts of a good size for files."""
    return frame.hint("rebalance", *(["_partition"] if len(partitions) > 1 else []))


def write_rows(frame: DataFrame, folder: Path, partitions: list[str], sort_by: list[str]) -> None:
    """Writes `frame` (with `_partition`) to `folder`, each part sorted and to files of its own.

    Several partitions get a folder each.
    """
    several = len(partitions) > 1
    order = ["_partition", *sort_by] if several else sort_by
    ordered = frame.sortWithinPartitions(*order) if order else frame
    if several:
        ordered.write.partitionBy("_partition").parquet(str(folder))
    else:
        ordered.drop("_partition").write.parquet(str(folder))


def read_back(session: SparkSession, folder: Path, schema: str, partitions: list[str]) -> DataFrame:
    """What write_rows() wrote to `folder`, with `_partition`."""
    several = len(partitions) > 1
    files = [str(path) for path in _parquet_files(folder, several)]
    if not files:
        return session.createDataFrame([], f"{schema}, _partition string")
    # What one task reads need not be shuffled to be grouped.
    tasks = 1 + sum(map(_size, files)) // _TASK_BYTES
    if several:
        reader = session.read.schema(f"{schema}, _partition string")
        return reader.option("basePath", str(folder)).parquet(*files).coalesce(tasks)
    rows = session.read.schema(schema).parquet(*files).coalesce(tasks)
    return rows.withColumn("_partition", F.lit(partitions[0]))


def written_files(folder: Path, lake: Path, partitions: list[str]) -> Mapping[str, list[DataFile]]:
    """The Parquet files below `folder` by partition, as paths within the lake."""
    several = len(partitions) > 1
    found: dict[str, list[DataFile]] = defaultdict(list)
    for path in _parquet_files(folder, several):
        partition = path.parent.name.partition("=")[2] if several else partitions[0]
        found[partition].append(DataFile(path.relative_to(lake).as_posix(), path.stat().st_size))
    return found


def _size(file: str) -> int:
    return Path(file).stat().st_size


def _parquet_files(folder: Path, several: bool) -> list[Path]:
    return sorted(folder.glob("_partition=*/*.parquet" if several else "*.parquet"))
