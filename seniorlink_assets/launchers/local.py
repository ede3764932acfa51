"""Jobs as processes of this machine, each with a JVM of its own."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg

from seniorlink_assets.launchers.aot import cache_options
from seniorlink_assets.launchers.base import LOOPBACK, DetachedLauncher, Order, State
from seniorlink_assets.launchers.java import java
from seniorlink_assets.launchers.pool import Pool, PoolBusy
from seniorlink_assets.launchers.sizing import sized
from spark.contract.job import Job
from spark.contract.jvm import Jvm

_LOCK = "lock"
_SCRATCH = "scratch"
_WRAPPER = '"$0" "$@" >stdout.log 2>stderr.log; echo $? >exit.tmp; mv exit.tmp exit; kill -9 0'
"""The shell leads a process group and takes what is left of it along, whatever the job started."""


@dataclass
class LocalLauncher(DetachedLauncher):
    """Runs jobs as processes with `memory` of Java heap and `cores` task threads each.

    With a pool, a job gets a driver and a JVM that were prepared, where there is room for it.
    """

    memory: str
    cores: int
    pool: Pool | None = None

    def __post_init__(self) -> None:
        self._children: dict[int, subprocess.Popen] = {}

    def prepare(self, job: Job, bytes: int) -> Job:
        runtime = java()
        conf = {**sized(bytes, self.memory, self.cores), **LOOPBACK, **job.spark_conf}
        options = conf["spark.driver.extraJavaOptions"].split()
        jvm = Jvm(
            java=str(runtime.executable),
            jars=str(runtime.jars),
            memory=conf["spark.driver.memory"],
            options=(*options, *cache_options(runtime)),
        )
        return replace(job, spark_conf=conf, jvm=jvm)

    def run(self, context: dg.AssetExecutionContext, order: Order) -> None:
        try:
            super().run(context, order)
        finally:
            shutil.rmtree(order.folder / _SCRATCH, ignore_errors=True)

    def submit(self, order: Order, environment: Mapping[str, str]) -> Mapping[str, Any]:
        scratch = order.folder / _SCRATCH
        scratch.mkdir(parents=True, exist_ok=True)
        variables = {
            **java().environment,
            **environment,
            "PYTHONPATH": str(order.root),
            "SPARK_LOCAL_DIRS": str(scratch),
            "TMPDIR": str(scratch),
        }
        # The lock lasts as long as the job, however that ends; a number may become another's.
        with (order.folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            pid = self._submit_to_pool(order, variables, lock.fileno())
            if pid is None:
                child = _start(order.folder, variables, lock.fileno())
                self._children[child.pid] = child
                pid = child.pid
        return {"pid": pid, "folder": str(order.folder)}

    def _submit_to_pool(self, order: Order, variables: Mapping[str, str], lock: int) -> int | None:
        if self.pool is None:
            return None
        try:
            return self.pool.submit(order, variables, lock)
        except (PoolBusy, OSError):
            return None

    def state(self, handle: Mapping[str, Any]) -> State:
        folder = Path(handle["folder"])
        is_over = not _is_locked(folder)
        code = _exit_code(folder)
        if code is None and not is_over:
            return State("running")
        if handle["pid"] in self._children:
            self._children.pop(handle["pid"]).wait()
        return State("succeeded") if code == 0 else State("failed", _reason(folder, code))

    def cancel(self, handle: Mapping[str, Any]) -> None:
        if not _is_locked(Path(handle["folder"])):
            return
        child = self._children.pop(handle["pid"], None)
        for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                if child is not None:
                    child.poll()  # a dead leader keeps its group until it is waited for
                try:
                    os.killpg(handle["pid"], number)
                except ProcessLookupError:
                    return
                time.sleep(0.05)


def _start(folder: Path, variables: Mapping[str, str], lock: int) -> subprocess.Popen:
    return subprocess.Popen(
        ["/bin/sh", "-c", _WRAPPER, sys.executable, "-m", "spark.run"],
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        pass_fds=[lock],
        start_new_session=True,
    )


def _is_locked(folder: Path) -> bool:
    with (folder / _LOCK).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _exit_code(folder: Path) -> int | None:
    path = folder / "exit"
    text = path.read_text().strip() if path.exists() else ""
    return int(text) if text else None


def _reason(folder: Path, code: int | None) -> str:
    said = folder / "failure.json"
    if said.exists() and said.stat().st_size:
        return json.loads(said.read_text(encoding="utf-8"))["sentence"]
    if code == os.EX_IOERR or (code is None and (folder / "exit").exists()):
        return f"The job could not write to {folder}; free some space and materialize again."
    if code is None or code - 128 == signal.SIGKILL:
        return (
            "The job was killed (signal 9) before it could say why; materialize again, and with a "
            "smaller SENIORLINK_JOBS if the machine ran out of memory."
        )
    return f"The job ended with {code} and no word; see {folder / 'stderr.log'}."
