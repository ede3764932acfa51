"""How much of the machine a job gets, from the bytes it will read."""

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
