"""spark-submit with s3:// made of folders, on the Spark and the Java that pip installed."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from seniorlink_assets.launchers.aot import cache_options
from seniorlink_assets.launchers.java import java
from spark.contract.jvm import OPENED_PACKAGES

HEAP = "1g"
"""Whatever the job asks for: it runs on this machine."""

LOCAL = {
    "spark.master": "local[2]",
    "spark.submit.deployMode": "client",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
}


def spark_command(
    folder: Path,
    conf: Mapping[str, str],
    parameters: Sequence[str],
    buckets: Mapping[str, Path],
) -> list[str]:
    """All of the command but the entry point and its arguments."""
    runtime = java()
    (folder / "local").mkdir(parents=True, exist_ok=True)
    settings = {
        **conf,
        **LOCAL,
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.pyspark.python": _python(),
        **{
            f"spark.hadoop.fs.viewfs.mounttable.{name}.linkFallback": path.as_uri()
            for name, path in buckets.items()
        },
    }
    properties = folder / "spark.conf"
    properties.write_text(
        "".join(f"{_escaped(name)}={_escaped(value)}\n" for name, value in settings.items())
    )
    options = conf.get("spark.driver.extraJavaOptions", "")
    return [
        str(runtime.executable),
        "-cp",
        ":".join(sorted(str(jar) for jar in runtime.jars.glob("*.jar"))),
        f"-Xmx{HEAP}",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:OnOutOfMemoryError=kill -9 %p",
        "-XX:+IgnoreUnrecognizedVMOptions",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        *cache_options(runtime),
        *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENED_PACKAGES),
        "-Djdk.reflect.useDirectMethodHandle=false",
        "-Dio.netty.tryReflectionSetAccessible=true",
        "-Dio.netty.noUnsafe=false",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        *shlex.split(options),
        "org.apache.spark.deploy.SparkSubmit",
        "--properties-file",
        str(properties),
        *parameters,
    ]


def spark_environment(folder: Path) -> dict[str, str]:
    """A Python that knows Spark and nothing else of this environment, least of all the checkout."""
    packages = folder / "python"
    packages.mkdir(parents=True, exist_ok=True)
    for name in ("pyspark", "py4j"):
        found = find_spec(name)
        assert found is not None
        assert found.origin is not None
        (packages / name).symlink_to(Path(found.origin).parent)
    return {
        "PYTHONPATH": str(packages),
        "PYTHONNOUSERSITE": "1",
        "PYSPARK_PYTHON": _python(),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def _python() -> str:
    """The interpreter below the virtual environment."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _escaped(text: str) -> str:
    """As java.util.Properties reads it."""
    for found, written in (
        ("\\", "\\\\"),
        ("\n", "\\n"),
        (" ", "\\ "),
        ("=", "\\="),
        (":", "\\:"),
        ("#", "\\#"),
        ("!", "\\!"),
    ):
        text = text.replace(found, written)
    return text
