"""The JVM of a job: what it is, and the command that starts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@dataclass(frozen=True)
class Jvm:
    """Which Java, Spark's jars, the heap (as in -Xmx), more options."""

    java: str
    jars: str
    memory: str
    options: tuple[str, ...] = ()

    @property
    def megabytes(self) -> int:
        """The heap; ValueError if it is not written as 512m or 1g."""
        return int(self.memory[:-1]) * {"m": 1, "g": 1024}[self.memory[-1:].lower()]

    def command(self, scratch: str, logging: Path) -> list[str]:
        """Starts a JVM that serves PySpark drivers and ends when its stdin closes.

        spark-submit is not used: it starts a second JVM first, and always asks for a module that
        slim Java runtimes lack.
        """
        return [
            self.java,
            "-cp",
            # A cache of classes knows jars by name and in order; a pattern gives them in any.
            ":".join(sorted(str(jar) for jar in Path(self.jars).glob("*.jar"))),
            f"-Xmx{self.memory}",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENED_PACKAGES),
            "-Djdk.reflect.useDirectMethodHandle=false",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "-Dio.netty.noUnsafe=false",
            *self.options,
            f"-Djava.io.tmpdir={scratch}",
            f"-Dlog4j2.configurationFile=file:{logging}",
            "-Dspark.ui.showConsoleProgress=false",
            "org.apache.spark.deploy.SparkSubmit",
            "pyspark-shell",
        ]

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Jvm":
        return cls(**{**fields, "options": tuple(fields["options"])})
