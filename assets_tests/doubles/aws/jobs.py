"""One driver that runs: its folder, its output, and how to end it."""

import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assets_tests.doubles.aws.faults import Faults
from assets_tests.doubles.aws.in_thread import run_in_thread
from assets_tests.doubles.aws.later import later
from assets_tests.doubles.aws.s3 import S3, split
from assets_tests.doubles.aws.subprocesses import run_python, run_spark
from assets_tests.doubles.aws.work import Ended, Work

CHEAP = b"# no-spark"
"""How the entry point of a driver begins that needs no Spark."""

MISSING = (
    'Exception in thread "main" java.nio.file.NoSuchFileException: {entry}: '
    "The specified key does not exist. "
    "(Service: Amazon S3; Status Code: 404; Error Code: NoSuchKey)"
)
DENIED = (
    'Exception in thread "main" java.nio.file.AccessDeniedException: {entry}: '
    "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)"
)


class Job:
    """A driver; `run` returns when it is over, and `stop` may be called from any thread."""

    grace = 2.0
    """Seconds between asking a driver to end and ending it."""

    def __init__(
        self,
        service: str,
        id: str,
        work: Work,
        folder: Path,
        s3: S3,
        faults: Faults,
        driver: Callable[["Job"], int] | None = None,
    ) -> None:
        self.service, self.id, self.work, self.folder, self.s3 = service, id, work, folder, s3
        self.faults, self._given = faults, driver
        self.pid: int | None = None
        self.ended: Ended | None = None
        self.refusals: list[str] = []
        self.stopping, self.over = threading.Event(), threading.Event()
        self.started = 0.0
        self.seconds = 0.0
        self._stopped: tuple[str, int] | None = None
        self._lock = threading.Lock()

    def run(self) -> Ended:
        """Runs the driver to its end, whatever ends it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.started = time.monotonic()
        fault = self.faults.for_job("kill", self.service, self.work.name)
        if fault is not None:
            later(fault.seconds, self.stop, "killed", fault.code)
        try:
            code = self._driver()(self)
        except Exception:  # noqa: BLE001  # a flaw of the double fails the job, and shows
            self.say(traceback.format_exc(), error=True)
            code = 1
        self.seconds = time.monotonic() - self.started
        with self._lock:
            why, forced = self._stopped or ("", code)
            self.ended = Ended(forced if why else code, why)
        self.over.set()
        return self.ended

    def stop(self, why: str, code: int = 143) -> None:
        """Orders the end of the driver; the first order counts."""
        with self._lock:
            if self._stopped is None:
                self._stopped = (why, code)
        self.stopping.set()

    @property
    def stopped(self) -> str:
        """Why the double ended the driver, or is about to."""
        with self._lock:
            return self._stopped[0] if self._stopped else ""

    def to_json(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "id": self.id,
            "name": self.work.name,
            "pid": self.pid,
            "folder": str(self.folder),
            "over": self.over.is_set(),
            "code": self.ended.code if self.ended else None,
            "stopped": self.stopped,
            "refusals": self.refusals,
        }

    def say(self, text: str, *, error: bool = False) -> None:
        """Adds a line to the output of the driver."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ("stderr" if error else "stdout")).open("a") as log:
            log.write(text.rstrip("\n") + "\n")

    def output(self, name: str) -> str:
        """What the driver wrote to stdout or stderr."""
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def _driver(self) -> Callable[["Job"], int]:
        if self._given is not None:
            return self._given
        bucket, key = split(self.work.entry)
        if not self.work.policy.gets(bucket, key):
            return self._failing(DENIED)
        entry = self.s3.read(bucket, key)
        if entry is None:
            return self._failing(MISSING)
        if not entry.startswith(CHEAP):
            return run_spark
        first, _, _ = entry.partition(b"\n")
        words = first.removeprefix(CHEAP).decode().split()
        if not words:
            return run_python
        return lambda job: run_in_thread(job, words, entry.decode())

    def _failing(self, line: str) -> Callable[["Job"], int]:
        def fail(job: "Job") -> int:
            job.say(line.format(entry=job.work.entry), error=True)
            return 1

        return fail
