"""One warm JVM: its process, its folder, and whom it serves."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from spark.contract.jvm import Jvm
from spark.gateway import start_gateway
from spark.warm.driver import JOB_EXIT
from spark.warm.lease import EXIT, OUTPUT, SCRATCH

_INHERITED = ("AWS_", "HADOOP_", "JAVA_", "JDK_", "LC_", "PYSPARK_", "SPARK_")
_ALSO_INHERITED = {"HOME", "LANG", "PATH", "TZ", "USER"}
_OF_ONE_JOB = {"SPARK_LOCAL_DIRS"}


def settings_key(jvm: Jvm, environment: Mapping[str, str]) -> str:
    """The same for jobs that the same JVM can serve."""
    settings = json.dumps([asdict(jvm), _environment(environment)], sort_keys=True)
    return hashlib.sha256(settings.encode()).hexdigest()[:16]


@dataclass
class WarmJvm:
    """A running JVM. It serves the process `driver`, or is made ready again by `cleaner`.

    Process number 0 is nobody. `since` is when it began what it does now.
    """

    folder: Path
    key: str
    megabytes: int
    process: subprocess.Popen
    stdin: IO[bytes]
    since: float
    jobs: int = 0
    driver: int = 0
    cleaner: int = 0
    lock: int = -1
    papers: Path = Path()

    @classmethod
    def start(cls, folder: Path, jvm: Jvm, environment: Mapping[str, str]) -> "WarmJvm":
        """Starts a JVM whose output and scratch data lie in `folder`, and returns at once."""
        scratch = folder / SCRATCH
        folder.mkdir(mode=0o700)
        scratch.mkdir(mode=0o700)
        variables = {
            **_environment(environment),
            "SPARK_LOCAL_DIRS": str(scratch),
            "TMPDIR": str(scratch),
        }
        with (folder / OUTPUT).open("ab") as output:
            gateway = start_gateway(jvm, folder, variables, output, group=0)
        return cls(
            folder=folder,
            key=settings_key(jvm, environment),
            megabytes=jvm.megabytes,
            process=gateway.process,
            stdin=gateway.stdin,
            since=time.monotonic(),
        )

    @property
    def is_idle(self) -> bool:
        return not self.driver and not self.cleaner

    @property
    def is_nearly_idle(self) -> bool:
        """Whether it is made ready, or its driver has done its job and is about to end."""
        return bool(self.cleaner) or (bool(self.driver) and (self.papers / JOB_EXIT).exists())

    def has_ended(self) -> bool:
        """Whether the process is over; how, is then written down for its driver."""
        code = self.process.poll()
        if code is None:
            return False
        write_once(self.folder / EXIT, str(code))
        return True

    def end(self) -> None:
        """Kills the process and removes what it leaves."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.stdin.close()
        if self.cleaner:
            os.kill(self.cleaner, signal.SIGKILL)
            os.waitpid(self.cleaner, 0)
        shutil.rmtree(self.folder, ignore_errors=True)


def write_once(path: Path, text: str) -> None:
    """Writes a file whole, unless it is there or its folder is gone."""
    if path.parent.exists() and not path.exists():
        draft = path.with_name(f"{path.name}.tmp")
        draft.write_text(text)
        draft.replace(path)


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in given.items()
        if (name.startswith(_INHERITED) or name in _ALSO_INHERITED) and name not in _OF_ONE_JOB
    }
