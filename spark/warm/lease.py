"""A job's hold on a warm JVM: how it connects, and how it learns that the JVM has died."""

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from py4j.java_gateway import GatewayParameters, JavaGateway

from spark.gateway import CONNECTION, GatewayError, connect_to, read_connection, wait_until

EXIT, OUTPUT, SCRATCH = "exit", "output.log", "scratch"
"""What lies in the folder of a warm JVM."""

PRISTINE = "pristine.json"
"""The state that every job must find again; see state_of()."""

THREADS, STRANGERS, PROCESSES = "threads that keep it alive", "other threads", "processes"
_THREAD = re.compile(r"Thread\[#\d+,(.*?),\d+,[^\]]*\]")
_KNOWN = re.compile(
    r"main|Thread-\d+|(Common-)?Cleaner.*|Finalizer|Notification Thread|Reference Handler"
    r"|Signal Dispatcher|InnocuousThread-\d+|process reaper.*|Attach Listener"
    r"|ForkJoinPool\.commonPool.*"
    r"|(Idle )?Worker Monitor for .*|.*\$StatisticsDataReferenceCleaner"
    r"|(rpc|shuffle)-(boss|client|server)-.*"
    r"|(QueryStageCreator|ResultQueryStageExecution|(broadcast|shuffle|subquery)(-exchange)?)-\d+"
)
"""Threads of Java, of py4j, and those that Spark keeps for its next context."""

BRIEF = {THREADS, STRANGERS, PROCESSES}
"""Of state_of(), what may need a moment to become as it was."""


class Lease:
    """A warm JVM, as the job sees it that it serves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def connect(self, python: str = sys.executable) -> None:
        """Points PySpark at the JVM; GatewayError if it does not answer in two minutes."""
        wait_until(self._is_ready)
        connect_to(self.folder / CONNECTION, python)
        pristine = self.folder / PRISTINE
        if not pristine.exists():
            with connected(self.folder) as gateway:
                pristine.write_text(json.dumps(state_of(gateway.jvm)))

    def exit_code(self, patience: float) -> int | None:
        """How the JVM ended, if it does within so many seconds."""
        deadline = time.monotonic() + patience
        while not (self.folder / EXIT).exists():
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)
        return int((self.folder / EXIT).read_text())

    def _is_ready(self) -> bool:
        if (self.folder / CONNECTION).exists():
            return True
        if (self.folder / EXIT).exists() or not self.folder.exists():
            raise GatewayError(
                "Spark's JVM ended before it could be used; its first words in stderr.log say "
                "why, often SENIORLINK_JOB_MEMORY"
            )
        return False


@contextmanager
def connected(folder: Path) -> Iterator[JavaGateway]:
    """The JVM whose folder this is, over one connection: the JVM has a thread for each."""
    port, secret = read_connection(folder / CONNECTION)
    parameters = GatewayParameters(port=port, auth_token=secret, enable_memory_management=False)
    gateway = JavaGateway(gateway_parameters=parameters)
    try:
        yield gateway
    finally:
        gateway.close()


def state_of(jvm: Any) -> dict[str, str]:
    """What of a JVM outlives a SparkContext, and a job could change."""
    threads = jvm.java.lang.management.ManagementFactory.getThreadMXBean()
    return {
        "properties": jvm.java.lang.System.getProperties().toString(),
        "time zone": jvm.java.util.TimeZone.getDefault().getID(),
        "locale": " ".join(
            jvm.java.util.Locale.getDefault(category).toString()
            for category in getattr(jvm.java.util, "Locale$Category").values()
        ),
        "log level": jvm.org.apache.logging.log4j.LogManager.getRootLogger().getLevel().toString(),
        THREADS: str(threads.getThreadCount() - threads.getDaemonThreadCount()),
        STRANGERS: " ".join(sorted(_strangers(jvm))),
        PROCESSES: str(jvm.java.lang.ProcessHandle.current().children().count()),
    }


def _strangers(jvm: Any) -> list[str]:
    """The threads of a JVM that are not its own nor Spark's."""
    threads = jvm.java.lang.Thread.getAllStackTraces().keySet().toString()
    return [name for name in _THREAD.findall(threads) if not _KNOWN.fullmatch(name)]
