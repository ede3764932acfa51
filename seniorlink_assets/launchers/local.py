"""Jobs as processes of this machine, each with a JVM of its own."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg

from seniorlink_assets.launchers.aot import cache_options
from seniorlink_assets.launchers.base import (
    LOOPBACK,
    DetachedLauncher,
    Handle,
    Order,
    State,
    Submitted,
)
from seniorlink_assets.launchers.explanation import explain
from seniorlink_assets.launchers.java import java
from seniorlink_assets.launchers.papers import LOCK, exit_code, is_running, process_group
from seniorlink_assets.launchers.pool import Pool, PoolBusy
from seniorlink_assets.launchers.sizing import sized
from spark.contract.job import Job
from spark.contract.jvm import Jvm

_SCRATCH = "scratch"
_WRAPPER = (
    'echo $$ >pid; "$0" "$@" >stdout.log 2>stderr.log; '
    "echo $? >exit.tmp; mv exit.tmp exit; kill -9 0"
)
"""The shell leads a process group and takes what is left of it along, whatever the job started."""


@dataclass
class LocalLauncher(DetachedLauncher):
    """Runs jobs as processes with `memory` of Java heap and `cores` task threads each.

    With a pool, a job gets a driver and a JVM that were prepared, where there is room for it.
    """

    memory: str
    cores: int
    pool: Pool | None = None
    name = "local"

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

    def run(self, context: dg.AssetExecutionContext, order: Order, submitted: Submitted) -> None:
        def told(handle: Handle) -> None:
            submitted(handle)
            context.log.info(f"The job is process {handle['pid']}, {handle['jvm']}")

        try:
            super().run(context, order, told)
        finally:
            _clear(order.folder)

    def follow(
        self,
        context: dg.AssetExecutionContext,
        folder: Path,
        handle: Handle,
        seconds: float | None,
    ) -> None:
        super().follow(context, folder, handle, seconds)
        _clear(folder)

    def submit(self, order: Order, environment: Mapping[str, str]) -> Handle:
        scratch = order.folder / _SCRATCH
        scratch.mkdir(parents=True, exist_ok=True)
        variables = {
            **java().environment,
            **environment,
            "PYTHONPATH": str(order.root),
            "SPARK_LOCAL_DIRS": str(scratch),
            "TMPDIR": str(scratch),
        }
        with (order.folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            own = "with a JVM of its own"
            if self.pool is not None:
                try:
                    pid = self.pool.submit(order, variables, lock.fileno())
                    return {"pid": pid, "jvm": "with a warm JVM"}
                except (PoolBusy, OSError) as error:
                    own = f"{own}, for no warm one can be had ({error})"
            child = _start(order.folder, variables, lock.fileno())
        self._children[child.pid] = child
        return {"pid": child.pid, "jvm": own}

    def find(self, folder: Path) -> Handle | None:
        # A job that lives has not written its number yet, or never will.
        while (pid := process_group(folder)) is None and is_running(folder):
            time.sleep(0.01)
        return None if pid is None else {"pid": pid}

    def state(self, folder: Path, handle: Handle) -> State:
        is_over = not is_running(folder)
        code = exit_code(folder)
        if code is None and not is_over:
            return State("running")
        if handle["pid"] in self._children:
            self._children.pop(handle["pid"]).wait()
        return State("succeeded") if code == 0 else _failed(folder, code)

    def cancel(self, folder: Path, handle: Handle) -> None:
        if is_running(folder):
            _end_group(handle["pid"], self._children.pop(handle["pid"], None))
        _clear(folder)


def _end_group(group: int, child: subprocess.Popen | None) -> None:
    for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if child is not None:
                child.poll()  # a dead leader keeps its group until it is waited for
            try:
                os.killpg(group, number)
            except ProcessLookupError:
                return
            time.sleep(0.05)


def _clear(folder: Path) -> None:
    shutil.rmtree(folder / _SCRATCH, ignore_errors=True)


def _start(folder: Path, variables: Mapping[str, str], lock: int) -> subprocess.Popen:
    return subprocess.Popen(
        ["/bin/sh", "-c", _WRAPPER, sys.executable, "-m", "spark.run"],
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        pass_fds=[lock],
        start_new_session=True,
    )


def _failed(folder: Path, code: int | None) -> State:
    found = explain(folder, code)
    return State("failed", found.sentence, found.transient, found)
