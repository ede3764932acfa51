"""How large the workers of a job are, from the bytes it will read, and from what waits warm."""

from collections.abc import Mapping
from dataclasses import dataclass

from seniorlink_assets.launchers.sizing import SMALL

_BYTES_OF_A_TASK = 32 << 20
_BYTES_OF_AN_EXECUTOR = 4 << 30
_MOST_EXECUTORS = 32
_LEAST_OVERHEAD = 384


@dataclass(frozen=True)
class Worker:
    """A machine for a driver or an executor: virtual CPUs, and gigabytes of memory."""

    cores: int
    gigabytes: int

    def fits(self, other: "Worker") -> bool:
        """Whether it is as large as that, and not so much larger that it is a waste."""
        return other.cores <= self.cores <= 4 * other.cores and self.gigabytes >= other.gigabytes

    def conf(self, role: str) -> Mapping[str, str]:
        """Spark's settings that ask for exactly this: the heap and what is beside it."""
        memory = self.gigabytes * 1024
        overhead = max(memory // 5, _LEAST_OVERHEAD)
        return {
            f"spark.{role}.cores": str(self.cores),
            f"spark.{role}.memory": f"{memory - overhead}m",
            f"spark.{role}.memoryOverhead": f"{overhead}m",
        }


_SMALL, _LARGE = Worker(1, 4), Worker(4, 16)


def worker_conf(
    bytes: int, prepared_driver: Worker | None = None, prepared_executor: Worker | None = None
) -> Mapping[str, str]:
    """Spark's settings for a job that reads so many bytes.

    Workers that wait started are taken where they are large enough: a job on them begins at once.
    """
    is_small = bytes <= SMALL
    driver, executor = (_SMALL, _SMALL) if is_small else (_SMALL, _LARGE)
    if prepared_driver and prepared_driver.fits(driver):
        driver = prepared_driver
    if prepared_executor and prepared_executor.fits(executor):
        executor = prepared_executor
    most = min(max(-(-bytes // _BYTES_OF_AN_EXECUTOR), 1), _MOST_EXECUTORS)
    return {
        **driver.conf("driver"),
        **executor.conf("executor"),
        "spark.executor.instances": str(most),
        "spark.dynamicAllocation.enabled": "false" if most == 1 else "true",
        "spark.dynamicAllocation.maxExecutors": str(most),
        "spark.sql.shuffle.partitions": str(max(1, -(-bytes // _BYTES_OF_A_TASK))),
    }
