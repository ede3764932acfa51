"""How much an EMR Serverless job takes, by its configuration."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FREE_DISK = 20
"""Gigabytes per worker that cost nothing."""


@dataclass(frozen=True)
class Size:
    """Workers together, in vCPUs and gigabytes."""

    cores: float
    memory: float
    disk: float
    workers: int

    def fits(self, limit: Mapping[str, Any]) -> bool:
        """Whether it is within the maximumCapacity of an application."""
        return (
            self.cores <= _number(limit["cpu"])
            and self.memory <= _number(limit["memory"])
            and ("disk" not in limit or self.disk <= _number(limit["disk"]))
        )

    def hours(self, hours: float) -> dict[str, float]:
        return {
            "vCPUHour": round(self.cores * hours, 6),
            "memoryGBHour": round(self.memory * hours, 6),
            "storageGBHour": round(self.disk * hours, 6),
        }

    def disk_beyond_free(self, hours: float) -> float:
        return round(max(self.disk - self.workers * FREE_DISK, 0) * hours, 6)


def size_of(conf: Mapping[str, str]) -> Size:
    """The driver and the executors, by the defaults of the service where nothing is said."""
    executors = int(
        conf.get("spark.executor.instances")
        or conf.get("spark.dynamicAllocation.initialExecutors")
        or 3
    )
    driver = _worker(conf, "spark.driver", "spark.emr-serverless.driver.disk")
    executor = _worker(conf, "spark.executor", "spark.emr-serverless.executor.disk")
    return total([driver] + [executor] * executors)


def prepared(initial: Mapping[str, Any]) -> Size:
    """The workers of an application's initialCapacity."""
    return total(
        Size(_number(worker["cpu"]), _number(worker["memory"]), FREE_DISK, 1)
        for kind in initial.values()
        for worker in [kind["workerConfiguration"]] * int(kind["workerCount"])
    )


def total(sizes: Iterable[Size]) -> Size:
    every = list(sizes)
    return Size(
        sum(size.cores for size in every),
        sum(size.memory for size in every),
        sum(size.disk for size in every),
        sum(size.workers for size in every),
    )


def _worker(conf: Mapping[str, str], prefix: str, disk: str) -> Size:
    memory = _gigabytes(conf.get(f"{prefix}.memory", "14g"))
    overhead = conf.get(f"{prefix}.memoryOverhead")
    extra = _gigabytes(overhead) if overhead else max(memory * 0.1, 0.375)
    cores = float(conf.get(f"{prefix}.cores", 4))
    return Size(cores, memory + extra, _gigabytes(conf.get(disk, "20g")), 1)


def _gigabytes(text: str) -> float:
    """As Spark reads sizes; a number alone is mebibytes."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)b?", text.strip().lower())
    if found is None:
        return 0.0
    return float(found[1]) * {"k": 1e-6, "": 1 / 1024, "m": 1 / 1024, "g": 1, "t": 1024}[found[2]]


def _number(text: str) -> float:
    return float(re.match(r"[\d.]+", text)[0])  # pyright: ignore[reportOptionalSubscript]
