"""Start a Spark JVM directly, without spark-submit, and let PySpark connect to it."""

import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from spark.contract.job import Jvm

OPENED_PACKAGES = (
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.io",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.base/sun.nio.cs",
    "java.base/sun.security.action",
    "java.base/sun.util.calendar",
    "java.security.jgss/sun.security.krb5",
)
"""What Spark reaches into; from JavaModuleOptions of Spark 4.3."""


CONNECTION = "connection"
"""The file in which a JVM tells its port and secret."""


class GatewayError(Exception):
    """The JVM did not start."""


def gateway_command(jvm: Jvm) -> list[str]:
    """The command of a JVM that serves one PySpark driver and ends when its stdin closes.

    spark-submit is not used: it starts a second JVM first, and always asks for a module that slim
    Java runtimes lack.
    """
    return [
        jvm.java,
        "-cp",
        # A cache of classes knows jars by name and in order; a pattern gives them in any.
        ":".join(sorted(str(jar) for jar in Path(jvm.jars).glob("*.jar"))),
        f"-Xmx{jvm.memory}",
        "-XX:+IgnoreUnrecognizedVMOptions",
        "-XX:+ExitOnOutOfMemoryError",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENED_PACKAGES),
        "-Djdk.reflect.useDirectMethodHandle=false",
        "-Dio.netty.tryReflectionSetAccessible=true",
        "-Dio.netty.noUnsafe=false",
        *jvm.options,
        f"-Djava.io.tmpdir={tempfile.gettempdir()}",
        f"-Dlog4j2.configurationFile=file:{Path(__file__).with_name('log4j2.properties')}",
        "-Dspark.ui.showConsoleProgress=false",
        "org.apache.spark.deploy.SparkSubmit",
        "pyspark-shell",
    ]


@dataclass(frozen=True)
class Gateway:
    """A JVM that is starting or has started, and the file it tells its port and secret in."""

    process: subprocess.Popen
    connection: Path

    def is_ready(self) -> bool:
        """Whether it can be connected to; GatewayError if it has ended instead."""
        if self.connection.exists():
            return True
        code = self.process.poll()
        if code is None:
            return False
        self._close()
        raise GatewayError(
            f"Spark's JVM ended with {code} before it could be used; its first words in "
            f"{self.connection.parent / 'stderr.log'} say why, often SENIORLINK_JOB_MEMORY"
        )

    def connect(self) -> None:
        """Points PySpark at the JVM; GatewayError if it does not answer in two minutes."""
        os.environ.update(self.variables())

    def variables(self) -> dict[str, str]:
        """What points PySpark at it, once; GatewayError if it does not answer in two minutes."""
        deadline = time.monotonic() + 120
        while not self.is_ready():
            if time.monotonic() > deadline:
                self.process.kill()
                self._close()
                raise GatewayError("the JVM did not answer within two minutes; see its output")
            time.sleep(0.01)
        variables = connection_variables(self.connection)
        self.connection.unlink()
        return variables

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

    def _close(self) -> None:
        self.process.wait()
        self.stdin.close()


def start_gateway(
    jvm: Jvm,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
) -> Gateway:
    """Starts a JVM, which tells its port and secret in a file of `folder`, and returns at once.

    The JVM ends when this process does: it watches the pipe on its stdin. What it says goes to
    `output`, or where this process writes.
    """
    connection = folder / CONNECTION
    try:
        process = subprocess.Popen(
            gateway_command(jvm),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env={**(environment or os.environ), "_PYSPARK_DRIVER_CONN_INFO_PATH": str(connection)},
        )
    except OSError as error:
        raise GatewayError(
            f"{jvm.java} cannot be started ({error.strerror}); correct the path to Java"
        ) from error
    return Gateway(process, connection)


def read_connection(path: Path) -> tuple[int, str]:
    """The port and the secret of a JVM that has started."""
    content = path.read_bytes()
    port, length = struct.unpack("!ii", content[:8])
    return port, content[8 : 8 + length].decode()


def connection_variables(path: Path) -> dict[str, str]:
    """What points PySpark at the JVM that wrote the file at `path`."""
    port, secret = read_connection(path)
    return {
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_GATEWAY_PORT": str(port),
        "PYSPARK_GATEWAY_SECRET": secret,
    }
