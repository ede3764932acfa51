"""Make a JVM ready for another job, or find that it must not serve one."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

from py4j.java_gateway import JavaGateway, JavaObject

from spark.warm.lease import BRIEF, PRISTINE, SCRATCH, connected, state_of

HEAP_MARK = 0.5
"""A JVM that still holds more of its heap than this when nothing runs has a leak."""

_PATIENCE_SECONDS = 3


class NotCleanError(Exception):
    """The JVM must not serve another job."""


def clean(folder: Path) -> None:
    """Ends the Spark of the last job; NotCleanError if something of the job stays behind."""
    with connected(folder) as gateway:
        jvm: Any = gateway.jvm
        _stop_spark(jvm)
        _empty(folder / SCRATCH)
        _let_go(gateway)
        if _is_full(jvm):
            jvm.java.lang.System.gc()
            if _is_full(jvm):
                raise NotCleanError("its heap does not empty")
        pristine = json.loads((folder / PRISTINE).read_text())
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while changed := [name for name, value in state_of(jvm).items() if value != pristine[name]]:
            # What served the driver ends soon after it.
            if not {*changed} <= BRIEF or time.monotonic() > deadline:
                raise NotCleanError(f"a job changed its {', '.join(changed)}")
            time.sleep(0.01)


def _stop_spark(jvm: Any) -> None:
    companion = getattr(getattr(jvm.org.apache.spark, "SparkContext$"), "MODULE$")
    active = companion.getActive()
    if active.isDefined():
        active.get().stop()
    # A file system stays open with the settings of the job that came first.
    jvm.org.apache.hadoop.fs.FileSystem.closeAll()


def _is_full(jvm: Any) -> bool:
    runtime = jvm.java.lang.Runtime.getRuntime()
    return runtime.totalMemory() - runtime.freeMemory() > HEAP_MARK * runtime.maxMemory()


def _let_go(gateway: JavaGateway) -> None:
    """Drops what the JVM keeps for Python, which a driver does not give back when it ends."""
    server: Any = JavaObject("GATEWAY_SERVER", gateway._gateway_client)  # noqa: SLF001
    kept = server.getGateway().getBindings().keySet()
    jvm: Any = gateway.jvm
    names = jvm.java.util.ArrayList()
    for name in kept.toArray():
        if not name.removeprefix("o").isdigit():
            names.add(name)
    kept.retainAll(names)


def _empty(scratch: Path) -> None:
    """Removes what jobs left, but not the folders that Spark made for itself and uses again."""
    own = {*scratch.glob("spark-*"), *scratch.glob("artifacts-*")}
    for left in [*({*scratch.iterdir()} - own), *(path for top in own for path in top.iterdir())]:
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
