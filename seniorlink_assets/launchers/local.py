"""Jobs as processes of this machine, each with a JVM of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seniorlink_assets.launchers.base import DetachedLauncher, Order, State
from seniorlink_assets.launchers.java import java
from spark.contract.job import Job, Jvm

_SMALL = 32 << 20
_WRAPPER = '"$0" "$@" >stdout.log 2>stderr.log; echo $? >exit.tmp; mv exit.tmp exit'


@dataclass
class LocalLauncher(DetachedLauncher):
    """Runs jobs as child processes with `memory` of Java heap and `cores` task threads each."""

    memory: str
    cores: int

    def __post_init__(self) -> None:
        self._children: dict[int, subprocess.Popen] = {}

    def prepare(self, job: Job, bytes: int) -> Job:
        runtime = java()
        memory = job.spark_conf.get("spark.driver.memory", self.memory)
        conf = {
            "spark.master": f"local[{self.cores}]",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": str(max(self.cores, -(-bytes // _SMALL))),
            **job.spark_conf,
        }
        options = ["-XX:+UseSerialGC"]
        if bytes <= _SMALL:
            # The second compiler pays only when the data outlives the warm-up.
            options.append("-XX:TieredStopAtLevel=1")
        jvm = Jvm(str(runtime.executable), str(runtime.jars), memory, tuple(options))
        return replace(job, spark_conf=conf, jvm=jvm)

    def submit(self, order: Order, environment: Mapping[str, str]) -> Mapping[str, Any]:
        scratch = order.folder / "scratch"
        scratch.mkdir(parents=True, exist_ok=True)
        child = subprocess.Popen(
            ["/bin/sh", "-c", _WRAPPER, sys.executable, "-m", "spark.run"],
            cwd=order.folder,
            env={
                **java().environment,
                **environment,
                "PYTHONPATH": str(order.root),
                "SPARK_LOCAL_DIRS": str(scratch),
            },
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._children[child.pid] = child
        return {"pid": child.pid, "folder": str(order.folder)}

    def state(self, handle: Mapping[str, Any]) -> State:
        folder = Path(handle["folder"])
        alive = self._alive(handle["pid"])
        code = _exit_code(folder)
        if code is None and alive:
            return State("running")
        if code == 0:
            return State("succeeded")
        return State("failed", _reason(folder, code))

    def cancel(self, handle: Mapping[str, Any]) -> None:
        for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(handle["pid"], number)
            except ProcessLookupError:
                return
            deadline = time.monotonic() + patience
            while self._alive(handle["pid"]) and time.monotonic() < deadline:
                time.sleep(0.05)

    def _alive(self, pid: int) -> bool:
        child = self._children.get(pid)
        if child is not None:
            return child.poll() is None
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True


def _exit_code(folder: Path) -> int | None:
    path = folder / "exit"
    return int(path.read_text()) if path.exists() else None


def _reason(folder: Path, code: int | None) -> str:
    said = folder / "failure.json"
    if said.exists():
        return json.loads(said.read_text(encoding="utf-8"))["sentence"]
    if code is None or code > 128:
        number = 9 if code is None else code - 128
        return (
            f"The job was killed (signal {number}) before it could say why; if nobody did that, "
            "the machine ran out of memory. Materialize again."
        )
    return f"The job ended with {code} and no word; see {folder / 'stderr.log'}."
