"""What a satellite has used, by what its service says of it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from seniorlink_assets.launchers.cost import X86, Usage

_FREE_ON_FARGATE_GB = 20
_FREE_ON_LAMBDA_GB = 0.5
_LEAST_SECONDS = 60.0
_FARGATE = "billed by Fargate, from the pull of the image"
_SO_FAR = f"{_FARGATE}, until now: the task is still being stopped"
_ON_INSTANCES = "had by the task; its cluster's instances are billed, whatever runs on them"
_REPORTED = "billed by Lambda"
_MEASURED = "from begin to end of the job; the log of Lambda does not say yet what it bills"

_REPORT = r"REPORT RequestId: {}\s.*?Billed Duration: ([\d.]+) ms\s+Memory Size: (\d+) MB"


def of_task(task: Mapping[str, Any], now: datetime) -> Usage | None:
    """Of ECS: vCPUs and memory of a task, as long as it had them; None if it never began."""
    begin, end = task.get("pullStartedAt"), task.get("stoppedAt")
    if begin is None:
        return None
    is_fargate = task.get("launchType") == "FARGATE"
    said_by = (_FARGATE if end else _SO_FAR) if is_fargate else _ON_INSTANCES
    seconds = max(((end or now) - begin).total_seconds(), _LEAST_SECONDS if is_fargate else 0)
    hours = seconds / 3600
    storage = task.get("ephemeralStorage", {}).get("sizeInGiB", _FREE_ON_FARGATE_GB)
    return Usage(
        hours * int(task.get("cpu") or 0) / 1024,
        hours * int(task.get("memory") or 0) / 1024,
        hours * (storage - _FREE_ON_FARGATE_GB) if is_fargate else 0.0,
        said_by,
    )


def task_architecture(task: Mapping[str, Any]) -> str | None:
    """That has a price which is known; None for Spot, whose prices change, and for Windows."""
    is_priced = task.get("capacityProviderName", "FARGATE") == "FARGATE"
    if task.get("launchType") != "FARGATE" or not is_priced:
        return None
    if not task.get("platformFamily", "Linux").startswith("Linux"):
        return None
    said = {each["name"]: each.get("value", "") for each in task.get("attributes", [])}
    return said.get("ecs.cpu-architecture", X86).upper()


def of_invocation(
    function: Mapping[str, Any], log: str, request: str, seconds: float | None
) -> Usage | None:
    """Of Lambda: the memory of a function, as long as the log says that it is billed.

    Every try with the id of the request counts. Where the log does not say, the `seconds` count
    that were measured; None if nobody knows them.
    """
    reports = re.findall(_REPORT.format(re.escape(request)), log)
    if reports:
        billed = [(float(spent) / 1000, int(memory)) for spent, memory in reports]
    elif seconds is not None:
        billed = [(seconds, function["MemorySize"])]
    else:
        return None
    storage = function.get("EphemeralStorage", {}).get("Size", 512) / 1024 - _FREE_ON_LAMBDA_GB
    return Usage(
        0.0,
        sum(spent * memory for spent, memory in billed) / 1024 / 3600,
        storage * sum(spent for spent, _ in billed) / 3600,
        _REPORTED if reports else _MEASURED,
    )
