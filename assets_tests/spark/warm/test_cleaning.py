"""Which JVMs may serve another job: a real one, in which no Spark has run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JavaObject

from seniorlink_assets.launchers.java import java
from spark.contract.jvm import Jvm
from spark.warm.cleaning import NotCleanError, clean
from spark.warm.jvm import WarmJvm
from spark.warm.lease import SCRATCH, Lease, connected


@pytest.fixture(scope="module")
def jvm(tmp_path_factory) -> Iterator[Path]:
    """The folder of a warm JVM with 256 megabytes of heap."""
    runtime, folder = java(), tmp_path_factory.mktemp("jvms") / "jvm"
    options = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
    settings = Jvm(str(runtime.executable), str(runtime.jars), "256m", options)
    warm = WarmJvm.start(folder, settings, runtime.environment)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PYSPARK_PYTHON", "PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET"):
            patch.setenv(name, "")
        Lease(folder).connect()
    yield folder
    warm.end()


@contextmanager
def holding(folder: Path, megabytes: int) -> Iterator[None]:
    """The JVM keeps so much of its heap, where only the heap tells."""
    with connected(folder) as gateway:
        _kept_by(gateway).put("kept", gateway.jvm.java.nio.ByteBuffer.allocate(megabytes << 20))
    try:
        yield
    finally:
        with connected(folder) as gateway:
            _kept_by(gateway).remove("kept")


def _kept_by(gateway: JavaGateway) -> Any:
    server: Any = JavaObject("GATEWAY_SERVER", gateway._gateway_client)
    return server.getGateway().getBindings()


def test_a_jvm_whose_heap_empties_serves_another_job(jvm):
    with connected(jvm) as gateway:
        gateway.jvm.java.nio.ByteBuffer.allocate(140 << 20)

    clean(jvm)


def test_a_jvm_that_keeps_more_than_half_of_its_heap_serves_no_other_job(jvm):
    with holding(jvm, 140), pytest.raises(NotCleanError, match="its heap does not empty"):
        clean(jvm)


def test_a_jvm_that_keeps_a_little_of_its_heap_serves_another_job(jvm):
    with holding(jvm, 60):
        clean(jvm)


def test_what_a_job_left_where_spark_spills_is_removed(jvm):
    left = jvm / SCRATCH / "left"
    left.mkdir()
    (left / "rows").touch()

    clean(jvm)

    assert not left.exists()
