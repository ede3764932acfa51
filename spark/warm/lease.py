"""A job's hold on a warm JVM: how it connects, and how it learns that the JVM has died."""

import json
import time
from pathlib import Path
from typing import Any

from spark.gateway import CONNECTION, GatewayError, connect_to

EXIT, OUTPUT, SCRATCH = "exit", "output.log", "scratch"
"""What lies in the folder of a warm JVM."""

PRISTINE = "pristine.json"
"""The state that every job must find again; see state_of()."""

THREADS = "threads that keep it alive"


class Lease:
    """A warm JVM, as the job sees it that it serves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def connect(self) -> None:
        """Points PySpark at the JVM; GatewayError if it does not answer in two minutes."""
        from pyspark import SparkContext

        deadline = time.monotonic() + 120
        while not (self._folder / CONNECTION).exists():
            if (self._folder / EXIT).exists() or not self._folder.exists():
                raise GatewayError(
                    "Spark's JVM ended before it could be used; its first words in "
                    "stderr.log say why, often SENIORLINK_JOB_MEMORY"
                )
            if time.monotonic() > deadline:
                raise GatewayError("the JVM did not answer within two minutes; materialize again")
            time.sleep(0.01)
        connect_to(self._folder / CONNECTION)
        pristine = self._folder / PRISTINE
        if not pristine.exists():
            SparkContext._ensure_initialized()  # noqa: SLF001  # connects, and starts nothing
            jvm: Any = SparkContext._jvm  # noqa: SLF001
            pristine.write_text(json.dumps(state_of(jvm)))

    def exit_code(self, patience: float) -> int | None:
        """How the JVM ended, if it does within so many seconds."""
        deadline = time.monotonic() + patience
        while not (self._folder / EXIT).exists():
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)
        return int((self._folder / EXIT).read_text())


def state_of(jvm: Any) -> dict[str, str]:
    """What of a JVM outlives a SparkContext, and a job could change."""
    threads = jvm.java.lang.management.ManagementFactory.getThreadMXBean()
    return {
        "properties": jvm.java.lang.System.getProperties().toString(),
        "time zone": jvm.java.util.TimeZone.getDefault().getID(),
        "locale": jvm.java.util.Locale.getDefault().toString(),
        THREADS: str(threads.getThreadCount() - threads.getDaemonThreadCount()),
    }
