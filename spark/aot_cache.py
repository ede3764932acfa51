"""Build the cache with which a JVM starts fast: by one process at a time, and all or nothing."""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spark.contract.jvm import Jvm
from spark.gateway import start_gateway

_TRAINING_SECONDS = 900
_CHECK_SECONDS = 60


class CacheError(Exception):
    """No cache was made."""


@dataclass(frozen=True)
class CacheOrder:
    """A cache to build, for which Java and jars, and the options to make it and to insist on it.

    In the options `{cache}` stands for its path. `rivals` begins the names of what it replaces.
    """

    java: str
    jars: str
    cache: str
    rivals: str
    making: tuple[str, ...]
    insisting: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "CacheOrder":
        lists = {name: tuple(fields[name]) for name in ("making", "insisting")}
        return cls(**{**fields, **lists})


def main() -> int:
    """Builds what the first argument orders; 0 if it is there now, or in another's making."""
    order = CacheOrder.from_json(json.loads(sys.argv[1]))
    os.nice(19)
    try:
        build(order)
    except Exception as error:  # noqa: BLE001  # whatever it was, nobody tries it again
        failed_marker(Path(order.cache)).write_text(f"{error}\n", encoding="utf-8")
        return 1
    return 0


def failed_marker(cache: Path) -> Path:
    """The file that says why the cache could not be built."""
    return cache.with_suffix(".failed")


def build(order: CacheOrder) -> None:
    """Makes the cache and checks that the JVM takes it; CacheError if it does not."""
    cache = Path(order.cache)
    with (cache.parent / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if cache.exists():
            return
        for replaced in cache.parent.glob(f"{order.rivals}*"):
            replaced.unlink()
        building = cache.with_suffix(".building")
        log = cache.parent / "build.log"
        try:
            _train(order, building, log)
            _check(order, building)
            _settle(building)
            building.rename(cache)
        finally:
            for left in cache.parent.glob(f"{building.name}*"):
                left.unlink()


def _train(order: CacheOrder, building: Path, log: Path) -> None:
    from spark.aot_training import train
    from spark.landing import READ_CONF
    from spark.session import start_session

    with tempfile.TemporaryDirectory() as name, log.open("wb") as output:
        folder = Path(name)
        jvm = start_gateway(_jvm(order, order.making, building), folder, output=output)
        try:
            jvm.connect()
            conf = {
                **READ_CONF,
                "spark.master": "local[2]",
                "spark.driver.host": "127.0.0.1",
                "spark.driver.bindAddress": "127.0.0.1",
                "spark.ui.enabled": "false",
                "spark.sql.shuffle.partitions": "2",
                "spark.local.dir": name,
                "spark.sql.warehouse.dir": f"{name}/warehouse",
            }
            session = start_session("training", conf)
            train(session, folder)
            session.stop()
            # Only a JVM that ends by itself writes what it remembers.
            jvm.stdin.close()
            jvm.process.wait(_TRAINING_SECONDS)
        finally:
            jvm.process.kill()
            jvm.process.wait()
    if not building.exists():
        raise CacheError(f"{order.java} wrote no cache; see {log}")


def _check(order: CacheOrder, building: Path) -> None:
    asked = _jvm(order, (*order.insisting, "-version"), building)
    done = subprocess.run(
        asked.command(tempfile.gettempdir(), Path(os.devnull)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_CHECK_SECONDS,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
        raise CacheError(f"{order.java} refuses the cache that it wrote: {said[0]}")


def _settle(file: Path) -> None:
    # A JVM trusts the inside of a cache: after a power cut there must be all of it, or nothing.
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _jvm(order: CacheOrder, options: tuple[str, ...], cache: Path) -> Jvm:
    filled = tuple(option.format(cache=cache) for option in options)
    # Without the second compiler no profiles are kept, which would make each JVM begin with seconds
    # of compiling.
    small = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
    return Jvm(order.java, order.jars, "1g", (*small, *filled))


if __name__ == "__main__":
    sys.exit(main())
