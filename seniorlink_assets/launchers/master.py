"""What can be known of a Spark master before a job is sent there."""

import json
import re
import socket
from dataclasses import dataclass
from importlib.metadata import version
from urllib.error import URLError
from urllib.request import urlopen

from seniorlink_assets.launchers.base import JobFailed

_SECONDS = 5
_PAGE_PORT = 8080
_VERSION = re.compile(r'class="version[^>]*>\s*(\d+\.\d+)')
_UNITS = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024 * 1024}


@dataclass(frozen=True)
class Master:
    """A standalone master as its page shows it: its line of Spark, "" if it does not say."""

    line: str
    workers: tuple[tuple[int, int], ...]
    """Of each that lives the cores and the megabytes, whether they are in use or not."""


def own_address(master: str) -> str | None:
    """The address of this machine by which the cluster reaches it; None if Spark finds out.

    JobFailed if no master answers.
    """
    places = _places(master)
    for place in places:
        try:
            with socket.create_connection(place, _SECONDS) as connection:
                return connection.getsockname()[0]
        except OSError:
            continue
    if not places:
        return None
    raise JobFailed(
        f"No Spark master answers at {master}; start it, or correct SENIORLINK_SPARK_MASTER.",
        transient=True,
    )


def refuse_unfit(master: str, page: str | None, memory: str, cores: str) -> None:
    """JobFailed if a standalone master can never run executors of this size, or of this Spark.

    Of a master whose page cannot be read nothing is known, and nothing refused.
    """
    found = _look_at(master, page)
    if found is None:
        return
    line = ".".join(version("pyspark").split(".")[:2])
    if found.line not in ("", line):
        raise JobFailed(
            f"{master} is Spark {found.line}, but {line} is installed here; install its version of "
            f"pyspark, or name a master of Spark {line}."
        )
    if not found.workers:
        raise JobFailed(
            f"{master} has no worker that lives; start one, then materialize again.", transient=True
        )
    megabytes = megabytes_of(memory)
    if not any(has >= int(cores) and free >= megabytes for has, free in found.workers):
        largest = max(found.workers, key=lambda worker: (worker[1], worker[0]))
        raise JobFailed(
            f"No worker of {master} is large enough for an executor with {memory} and {cores} "
            f"cores: the largest has {largest[1]}m and {largest[0]}; ask for less with "
            "SENIORLINK_JOB_MEMORY and SENIORLINK_JOB_CORES, or with spark_conf="
            "{'spark.executor.memory': ...} in its declaration."
        )


def megabytes_of(memory: str) -> float:
    """How many megabytes Spark means with 512m, 4g, or a number."""
    number = memory.strip().lower().removesuffix("b")
    if number.isdigit():
        return int(number)
    return int(number[:-1]) * _UNITS[number[-1]]


def _places(master: str) -> list[tuple[str, int]]:
    """The hosts and ports of a master's URL; none of YARN, which Hadoop's files name."""
    _, _, hosts = master.rpartition("://")
    named = re.findall(r"(?:^|,)\[?([^,\[\]/]+?)\]?:(\d+)", hosts)
    return [(host, int(port)) for host, port in named]


def _look_at(master: str, page: str | None) -> Master | None:
    for host, _ in _places(master) if master.startswith("spark://") else []:
        url = (page or f"http://{host}:{_PAGE_PORT}").rstrip("/")
        try:
            with urlopen(f"{url}/json/", timeout=_SECONDS) as answer:  # noqa: S310
                known = json.load(answer)
            with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310
                shown = _VERSION.search(answer.read().decode("utf-8", "replace"))
        except (URLError, OSError, ValueError):
            continue
        if (
            known.get("url", "").removeprefix("spark://") in master
            and known.get("status") == "ALIVE"
        ):
            living = [worker for worker in known["workers"] if worker["state"] == "ALIVE"]
            sizes = tuple((worker["cores"], worker["memory"]) for worker in living)
            return Master(shown[1] if shown else "", sizes)
    return None
