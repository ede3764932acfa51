"""Make a JVM ready for another job, or find that it must not serve one."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

from py4j.java_gateway import GatewayParameters, JavaGateway

from spark.gateway import CONNECTION, read_connection
from spark.warm.lease import PRISTINE, SCRATCH, THREADS, state_of

HEAP_MARK = 0.5
"""A JVM that still holds more of its heap than this when nothing runs has a leak."""


_PATIENCE_SECONDS = 3


class NotCleanError(Exception):
    """The JVM must not serve another job."""


def clean(folder: Path) -> None:
    """Ends the Spark of the last job; NotCleanError if something of the job stays behind."""
    port, secret = read_connection(folder / CONNECTION)
    gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=secret))
    jvm: Any = gateway.jvm
    companion = getattr(getattr(jvm.org.apache.spark, "SparkContext$"), "MODULE$")
    active = companion.getActive()
    if active.isDefined():
        active.get().stop()
    for left in folder.glob(f"{SCRATCH}/*/*"):
        shutil.rmtree(left, ignore_errors=True)
    jvm.java.lang.System.gc()
    runtime = jvm.java.lang.Runtime.getRuntime()
    if runtime.totalMemory() - runtime.freeMemory() > HEAP_MARK * runtime.maxMemory():
        raise NotCleanError("its heap does not empty")
    pristine = json.loads((folder / PRISTINE).read_text())
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while changed := [name for name, value in state_of(jvm).items() if value != pristine[name]]:
        # The threads that served the driver's connections end soon after it.
        if changed != [THREADS] or time.monotonic() > deadline:
            raise NotCleanError(f"a job changed its {', '.join(changed)}")
        time.sleep(0.01)
