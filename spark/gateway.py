"""Start a Spark JVM directly, without spark-submit, and let PySpark connect to it."""

import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

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
        f"{jvm.jars}/*",
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


def start_gateway(
    jvm: Jvm, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen:
    """Starts a JVM and points PySpark at it; GatewayError if it does not answer in two minutes.

    The JVM ends when this process does: it watches the pipe on its stdin.
    """
    connection = folder / f"gateway-{os.getpid()}"
    try:
        process = subprocess.Popen(
            gateway_command(jvm),
            stdin=subprocess.PIPE,
            env={**(environment or os.environ), "_PYSPARK_DRIVER_CONN_INFO_PATH": str(connection)},
        )
    except OSError as error:
        raise GatewayError(
            f"{jvm.java} cannot be started ({error.strerror}); correct the path to Java"
        ) from error
    deadline = time.monotonic() + 120
    while not connection.exists():
        code = process.poll()
        if code is not None:
            _close(process)
            raise GatewayError(
                f"Spark's JVM ended with {code} before it could be used; its first words in "
                f"{folder / 'stderr.log'} say why, often SENIORLINK_JOB_MEMORY"
            )
        if time.monotonic() > deadline:
            process.kill()
            _close(process)
            raise GatewayError("the JVM did not answer within two minutes; see its output")
        time.sleep(0.02)
    content = connection.read_bytes()
    connection.unlink()
    port, length = struct.unpack("!ii", content[:8])
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_GATEWAY_PORT"] = str(port)
    os.environ["PYSPARK_GATEWAY_SECRET"] = content[8 : 8 + length].decode()
    return process


def _close(process: subprocess.Popen) -> None:
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
