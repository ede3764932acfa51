"""What a job used, and what that costs, as metadata of its asset."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

X86 = "X86_64"

_LEAST_OVERHEAD_GB = 384 / 1024
_OVERHEAD = 0.1
_GB = {"b": 2.0**-30, "k": 2.0**-20, "m": 2.0**-10, "g": 1.0, "t": 2.0**10}
_BILLED = "billed by EMR Serverless"
_NO_RATES = "unknown: no rates are known for it where it ran"
_ASKED = "asked for by the job; its nodes are billed, whatever runs on them"


@dataclass(frozen=True)
class Usage:
    """Hours of vCPUs, of GB of memory and of GB of storage; `said_by` tells who counted them."""

    vcpu_hours: float
    memory_gb_hours: float
    storage_gb_hours: float
    said_by: str


@dataclass(frozen=True)
class Rates:
    """US dollars by hour; `source` tells whose."""

    vcpu: float
    memory_gb: float
    storage_gb: float
    source: str

    def dollars(self, usage: Usage) -> float:
        return (
            usage.vcpu_hours * self.vcpu
            + usage.memory_gb_hours * self.memory_gb
            + usage.storage_gb_hours * self.storage_gb
        )


def billed(run: Mapping[str, Any]) -> Usage | None:
    """What EMR Serverless bills for a job run, as GetJobRun says it; None while it does not say.

    The service counts seconds after the end of a job. It rounds each worker up to a minute, leaves
    the storage out that a worker has for free, and bills idle pre-initialised workers elsewhere.
    """
    counted = run.get("billedResourceUtilization") or {}
    usage = Usage(
        counted.get("vCPUHour") or 0.0,
        counted.get("memoryGBHour") or 0.0,
        counted.get("storageGBHour") or 0.0,
        _BILLED,
    )
    return usage if usage.vcpu_hours else None


def asked_for(conf: Mapping[str, str], seconds: float) -> Usage | None:
    """What a job was given for so many seconds where the service bills nodes and not jobs.

    None if its settings do not say how many executors it has.
    """
    try:
        count = int(conf["spark.executor.instances"])
        driver, executor = _container(conf, "driver"), _container(conf, "executor")
    except (KeyError, ValueError):
        return None
    hours = seconds / 3600
    return Usage(
        hours * (driver[0] + count * executor[0]),
        hours * (driver[1] + count * executor[1]),
        0.0,
        _ASKED,
    )


def rates(region: str, architecture: str = X86, service: str = "emr_serverless") -> Rates | None:
    """What a service takes there; None where its table does not say."""
    table = _table(service)
    found = table["rates"].get(region, {}).get(architecture)
    return Rates(*found, source=f"{architecture} in {region}: {table['source']}") if found else None


def cost(usage: Usage | None, charged: Rates | None) -> Mapping[str, dg.MetadataValue]:
    """How Dagster is told; hours without dollars where there are no rates."""
    if usage is None:
        return {"cost": dg.MetadataValue.text("unknown: the service has not counted it yet")}
    counted = {
        "vCPU hours": usage.vcpu_hours,
        "memory GB hours": usage.memory_gb_hours,
        "storage GB hours": usage.storage_gb_hours,
    }
    hours = {
        **{name: dg.MetadataValue.float(spent) for name, spent in counted.items() if spent},
        "hours are": dg.MetadataValue.text(usage.said_by),
    }
    if charged is None:
        remedy = "; set SENIORLINK_EMR_RATES" if usage.said_by == _BILLED else ""
        return {**hours, "cost": dg.MetadataValue.text(f"{_NO_RATES}{remedy}")}
    return {
        **hours,
        "dollars": dg.MetadataValue.float(round(charged.dollars(usage), 6)),
        "dollars are by": dg.MetadataValue.text(charged.source),
    }


@cache
def _table(service: str) -> Mapping[str, Any]:
    path = Path(__file__).with_name(f"{service}_rates.json")
    return json.loads(path.read_text(encoding="utf-8"))


def _container(conf: Mapping[str, str], role: str) -> tuple[int, float]:
    """Cores and GB of a driver or an executor, with what Spark adds to the heap."""
    heap = _gigabytes(conf.get(f"spark.{role}.memory", "1g"))
    added = conf.get(f"spark.{role}.memoryOverhead")
    overhead = _gigabytes(added) if added else max(heap * _OVERHEAD, _LEAST_OVERHEAD_GB)
    return int(conf.get(f"spark.{role}.cores", "1")), heap + overhead


def _gigabytes(size: str) -> float:
    """Spark's way to write memory: 512m, 4g; a number alone is megabytes."""
    found = re.fullmatch(r"(\d+)(b|[kmgt]b?)?", size.strip().lower())
    if not found:
        raise ValueError(f"{size!r} is no size of memory")
    return int(found[1]) * _GB[(found[2] or "m")[0]]
