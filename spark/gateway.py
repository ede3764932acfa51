"""Start a Spark JVM directly, without spark-submit, and let PySpark connect to it."""

import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from spark.contract.jvm import Jvm

CONNECTION = "connection"
"""The file in which a JVM tells its port and secret."""

_PATIENCE_SECONDS = 120


class GatewayError(Exception):
    """The JVM did not start."""


@dataclass(frozen=True)
class Gateway:
    """A JVM that is starting or has started, and the file it tells its port and secret in."""

    process: subprocess.Popen
    connection: Path

    def connect(self, python: str = sys.executable) -> None:
        """Points PySpark at the JVM, once; GatewayError if it does not answer in two minutes."""
        try:
            wait_until(self._is_ready)
        except GatewayError:
            self.process.kill()
            self.process.wait()
            self.stdin.close()
            raise
        connect_to(self.connection, python)
        self.connection.unlink()

    def exit_code(self, patience: float) -> int | None:
        """How the JVM ended, if it does within so many seconds."""
        try:
            return self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            return None

    @property
    def stdin(self) -> IO[bytes]:
        """What the JVM watches: it ends when no process holds this any more."""
        return cast(IO[bytes], self.process.stdin)

    def _is_ready(self) -> bool:
        if self.connection.exists():
            return True
        code = self.process.poll()
        if code is None:
            return False
        raise GatewayError(
            f"Spark's JVM ended with {code} before it could be used; its first words in "
            f"{self.connection.parent / 'stderr.log'} say why, often SENIORLINK_JOB_MEMORY"
        )


def start_gateway(
    jvm: Jvm,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    group: int | None = None,
) -> Gateway:
    """Starts a JVM, which tells its port and secret in a file of `folder`, and returns at once.

    The JVM ends when this process does: it watches the pipe on its stdin. What it says goes to
    `output`, or where this process writes. With `group` 0 it leads a process group of its own.
    """
    connection, variables = folder / CONNECTION, environment or os.environ
    scratch = variables.get("TMPDIR") or tempfile.gettempdir()
    try:
        process = subprocess.Popen(
            jvm.command(scratch, Path(__file__).with_name("log4j2.properties")),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=scratch,
            process_group=group,
            env={**variables, "_PYSPARK_DRIVER_CONN_INFO_PATH": str(connection)},
        )
    except OSError as error:
        raise GatewayError(
            f"{jvm.java} cannot be started ({error.strerror}); correct the path to Java"
        ) from error
    return Gateway(process, connection)


def wait_until(is_ready: Callable[[], bool]) -> None:
    """Returns when a JVM can be connected to; GatewayError if that takes over two minutes."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_ready():
        if time.monotonic() > deadline:
            raise GatewayError("the JVM did not answer within two minutes; materialize again")
        time.sleep(0.01)


def read_connection(path: Path) -> tuple[int, str]:
    """The port and the secret of a JVM that has started."""
    content = path.read_bytes()
    port, length = struct.unpack("!ii", content[:8])
    return port, content[8 : 8 + length].decode()


def connect_to(path: Path, python: str) -> None:
    """Points PySpark at the JVM that wrote the file at `path`; its workers run that Python."""
    port, secret = read_connection(path)
    os.environ["PYSPARK_PYTHON"] = python
    os.environ["PYSPARK_GATEWAY_PORT"] = str(port)
    os.environ["PYSPARK_GATEWAY_SECRET"] = secret
