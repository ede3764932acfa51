"""That a JVM really uses the cache that belongs to it, and starts without one that does not."""

import fcntl
import os
import select
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from seniorlink_assets.launchers import aot
from seniorlink_assets.launchers.aot import cache_of, cache_options
from seniorlink_assets.launchers.java import Java, java
from spark.contract.jvm import Jvm

SPARK_SUBMIT = "org.apache.spark.deploy.SparkSubmit"


@pytest.fixture(scope="module")
def runtime() -> Java:
    """The Java in use, whose cache `make setup` has built."""
    runtime = java()
    aot._build(runtime)
    return runtime


@pytest.fixture
def other(tmp_path) -> Java:
    """A Java that ends as soon as it is started, and one jar."""
    home = tmp_path / "java"
    (home / "bin").mkdir(parents=True)
    (home / "lib").mkdir()
    (home / "lib" / "modules").write_text("modules")
    executable = home / "bin" / "java"
    executable.write_text("#!/bin/sh\nexit 3\n")
    executable.chmod(0o755)
    jars = tmp_path / "jars"
    jars.mkdir()
    (jars / "spark.jar").write_text("spark")
    return Java(executable, 25, jars, dict(os.environ))


@pytest.fixture
def begun(monkeypatch) -> list[Path]:
    """The caches that were begun in the background; none is."""
    begun: list[Path] = []
    monkeypatch.setattr(aot, "_build_meanwhile", lambda cache, runtime: begun.append(cache.path))
    return begun


def source_of_spark(runtime: Java, options: tuple[str, ...]) -> str:
    """Where a JVM that starts well has found Spark's own class."""
    asked = Jvm(str(runtime.executable), str(runtime.jars), "512m", (*options, "-Xlog:class+load"))
    command = [*asked.command(tempfile.gettempdir(), Path(os.devnull))[:-1], "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "unable" not in done.stdout.lower()
    loaded = [line for line in done.stdout.splitlines() if f" {SPARK_SUBMIT} source: " in line]
    return loaded[0].partition("source: ")[2]


@pytest.mark.parametrize(
    "options",
    [
        ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        ("-XX:+UseSerialGC",),
        ("-XX:+UseParallelGC",),
        ("-XX:+UseG1GC",),
    ],
    ids=" ".join,
)
def test_a_jvm_takes_sparks_classes_from_its_cache(runtime, options):
    used = cache_options(runtime)

    assert source_of_spark(runtime, (*options, *used)).startswith("shared objects file")


def test_a_jvm_with_other_jars_starts_without_the_cache(runtime, tmp_path):
    for jar in runtime.jars.glob("*.jar"):
        (tmp_path / jar.name).symlink_to(jar)
    (tmp_path / "aaa.jar").symlink_to(next(runtime.jars.glob("spark-core_*.jar")))
    stale = cache_options(runtime)

    found = source_of_spark(replace(runtime, jars=tmp_path), stale)

    assert found.startswith("file:")


@pytest.mark.parametrize("kept", [0, 1 << 20], ids=["all", "most"])
def test_a_jvm_starts_without_a_cache_that_has_lost_something(runtime, tmp_path, kept):
    with cache_of(runtime).path.open("rb") as whole:
        head = whole.read(kept)
    cut = cache_of(runtime, tmp_path)
    cut.path.write_bytes(head)

    assert source_of_spark(runtime, cut.using).startswith("file:")


def test_another_jar_or_java_has_another_cache(other, tmp_path):
    before = cache_of(other, tmp_path).path

    (other.jars / "more.jar").write_text("more")
    more = cache_of(other, tmp_path).path
    (other.executable.parents[1] / "lib" / "modules").write_text("newer modules")
    newer = cache_of(other, tmp_path).path

    assert len({before, more, newer}) == 3
    assert cache_of(other, tmp_path).path == newer


def test_an_older_java_gets_the_archive_that_it_knows(other, tmp_path):
    cache = cache_of(replace(other, version=17), tmp_path)

    assert cache.path.suffix == ".jsa"
    assert f"-XX:SharedArchiveFile={cache.path}" in cache.using


def test_a_missing_cache_is_begun_once_and_the_jvm_starts_without(other, tmp_path, begun):
    folder = tmp_path / "aot"

    assert cache_options(other, folder) == ()
    assert begun == [cache_of(other, folder).path]
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert cache_options(other, folder) == ()
    assert len(begun) == 1


def test_a_build_that_failed_says_why_and_is_not_begun_again(other, tmp_path, begun):
    said = aot._build(other, tmp_path)

    assert said.startswith("Spark will start slowly: Spark's JVM ended with 3 before")
    assert cache_options(other, tmp_path) == ()
    assert begun == []


def test_no_cache_is_missed_where_none_can_be_written(other, tmp_path, begun):
    (tmp_path / "file").touch()

    assert cache_options(other, tmp_path / "file" / "aot") == ()
    assert begun == []


def test_a_cache_is_built_in_the_background_with_what_makes_one(other, tmp_path):
    folder, told = tmp_path / "aot", tmp_path / "told"
    os.mkfifo(told)
    other.executable.write_text(f'#!/bin/sh\necho "$@" >{told}\nexit 3\n')
    with os.fdopen(os.open(told, os.O_RDONLY | os.O_NONBLOCK)) as options:
        assert cache_options(other, folder) == ()

        assert select.select([options], [], [], 60)[0]
        assert f"-XX:AOTCacheOutput={folder}/" in options.read()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the builder is done
