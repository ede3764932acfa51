"""Hand jobs to the keeper of warm JVMs, and start the keeper where there is none."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from seniorlink_assets.environments import CHECKOUT, process_environment
from seniorlink_assets.launchers.base import Order

_LONGEST = 100
"""Bytes of a socket's path that every system takes."""

_STARTING_SECONDS = 30


class PoolBusy(Exception):
    """The pool has no room for the job, or there is no pool; the job can still run by itself."""


@dataclass(frozen=True)
class Pool:
    """Warm JVMs of one user, in one folder, with at most so many megabytes of heap together."""

    folder: Path
    megabytes: int

    def submit(self, order: Order, environment: Mapping[str, str], lock: int) -> int:
        """Starts the job in a driver and a JVM that were prepared; the number of its process.

        The driver leads a process group, holds `lock` as long as it lives, and writes its exit code
        to the file `exit` of the order's folder. PoolBusy if it was not started.
        """
        if order.job.jvm is None:
            raise PoolBusy("the job brings its own Spark")
        asked = {
            "folder": str(order.papers.folder),
            "root": str(order.root),
            "environment": dict(environment),
            "jvm": asdict(order.job.jvm),
        }
        place, given_up = self._place(), 0.0
        while True:
            try:
                return self._ask(place, json.dumps(asked) + "\n", lock)
            except (FileNotFoundError, ConnectionError) as error:
                now = time.monotonic()
                if not given_up:
                    given_up = now + _STARTING_SECONDS
                    self._start_keeper(place)
                elif now > given_up:
                    raise PoolBusy(f"no keeper answers; see {place}/keeper.log") from error
                time.sleep(0.02)

    def _ask(self, place: Path, asked: str, lock: int) -> int:
        with socket.socket(socket.AF_UNIX) as keeper:
            keeper.settimeout(60)
            _connect(keeper, place / "socket")
            socket.send_fds(keeper, [asked.encode()], [lock])
            pid = keeper.makefile().readline().strip()
            if not pid:
                raise PoolBusy("the pool is full")
            keeper.sendall(b"go")
            return int(pid)

    def _place(self) -> Path:
        """The folder of the keeper that has today's code, Spark and Python."""
        place = self.folder / _version()
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = place.stat()
        if owner.st_uid != os.getuid() or owner.st_mode & 0o077:
            raise PoolBusy(f"{place} is not private to this user")
        return place

    def _start_keeper(self, place: Path) -> None:
        """Starts a keeper that outlives this process; one that finds another at work ends."""
        command = [sys.executable, "-m", "spark.warm.keeper", str(place), str(self.megabytes)]
        with (place / "keeper.log").open("ab") as log:
            subprocess.run(
                ["/bin/sh", "-c", '"$0" "$@" &', *command],
                cwd=place,
                env={**process_environment(), "PYTHONPATH": str(CHECKOUT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=True,
            )


def _connect(keeper: socket.socket, path: Path) -> None:
    if len(os.fsencode(path)) <= _LONGEST:
        keeper.connect(str(path))
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        keeper.connect(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def _version() -> str:
    """Changes with the keeper's code, with Spark and with Python."""
    spark = find_spec("pyspark")
    code = CHECKOUT / "spark"
    files = [*(code / "warm").glob("*.py"), code / "gateway.py", code / "contract" / "jvm.py"]
    digest = hashlib.sha256(f"{sys.executable} {sys.version} {spark and spark.origin}".encode())
    if spark and spark.origin:
        digest.update(str(Path(spark.origin).parent.joinpath("jars").stat().st_mtime_ns).encode())
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
