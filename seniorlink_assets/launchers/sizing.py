"""How much of the machine a job gets, from what it will read, and the files it is to write."""

from collections.abc import Mapping

SMALL = 128 << 20
"""Bytes of input up to which a job is over before Java's second compiler would have paid."""

_BYTES_OF_A_TASK = 8 << 20


def sized(bytes: int, memory: str, cores: int) -> Mapping[str, str]:
    """Spark's settings for a job that reads so many bytes; `memory` is the heap of a large one."""
    is_small = bytes <= SMALL
    return {
        "spark.master": f"local[{cores}]",
        "spark.driver.memory": memory,
        "spark.driver.extraJavaOptions": " ".join(
            ["-XX:+UseSerialGC", *(["-XX:TieredStopAtLevel=1"] if is_small else [])]
        ),
        "spark.sql.shuffle.partitions": str(max(1, -(-bytes // _BYTES_OF_A_TASK))),
    }


def for_copy(slices: int) -> Mapping[str, str]:
    """Spark's settings for a job that writes what so many slices of Redshift load at a time.

    A slice loads a file by itself, and Parquet of less than 128 MB is not split. So there are as
    many files as slices, or a multiple, all of about the same size; where they would be so small
    that it takes longer to open than to load them, there are fewer. The sizes are of what is
    shuffled, which is two to five times as much as lies in Parquet afterwards.
    """
    adaptive = "spark.sql.adaptive"
    return {
        f"{adaptive}.coalescePartitions.minPartitionNum": str(slices),
        f"{adaptive}.coalescePartitions.minPartitionSize": "8m",
        f"{adaptive}.advisoryPartitionSizeInBytes": "128m",
    }
