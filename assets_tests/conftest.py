"""What every test may ask for."""

from collections.abc import Mapping
from typing import Any

import pytest

from assets_tests.doubles.redshift.running import (  # noqa: F401
    redshift,
    redshift_database,
    redshift_process,
)
from assets_tests.side_by_side import SideBySide
from assets_tests.spark_session import bucket, landing, place, run_sql, spark  # noqa: F401
from assets_tests.storages import another, aws, aws_process, storage  # noqa: F401
from seniorlink_assets import catalogue
from spark.contract.jvm import Jvm


@pytest.fixture(autouse=True)
def catalogue_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test declares is forgotten after it."""
    monkeypatch.setattr(catalogue, "_by_key", {**catalogue._by_key})


@pytest.fixture(scope="session")
def jvm_settings() -> tuple[Jvm, Mapping[str, str]]:
    """The JVM of the tests' session, and its environment."""
    from seniorlink_assets.launchers.aot import cache_options
    from seniorlink_assets.launchers.java import java

    runtime = java()
    options = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *cache_options(runtime))
    jvm = Jvm(str(runtime.executable), str(runtime.jars), "1g", options)
    return jvm, runtime.environment


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # No worker is to begin with them when the others have nothing left to do.
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SideBySide:
    return SideBySide(config, log)
