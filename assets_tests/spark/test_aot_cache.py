"""A cache is there when it is whole and its JVM takes it, and replaces those before it."""

import fcntl
from pathlib import Path

import pytest

from spark import aot_cache
from spark.aot_cache import CacheError, CacheOrder, build


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder for caches, and a training that writes one line."""
    monkeypatch.setattr(
        aot_cache, "_train", lambda order, building, log: building.write_text("classes")
    )
    folder = tmp_path / "aot"
    folder.mkdir()
    return folder


def order(folder: Path, script: str) -> CacheOrder:
    java = folder.parent / "java"
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    return CacheOrder(
        str(java), str(folder), str(folder / "mine-new.aot"), "mine", ("-make={cache}",), ("-use",)
    )


def test_a_cache_replaces_the_older_ones_of_its_java_alone(folder):
    for name in ("mine-old.aot", "mine-old.failed", "other-old.aot"):
        (folder / name).touch()

    build(order(folder, "exit 0"))

    assert {path.name for path in folder.iterdir()} == {"mine-new.aot", "other-old.aot", "lock"}
    assert (folder / "mine-new.aot").read_text() == "classes"


def test_a_cache_that_its_jvm_refuses_is_not_kept(folder):
    with pytest.raises(CacheError, match=r"refuses the cache that it wrote: not mine$"):
        build(order(folder, "echo not mine; exit 1"))

    assert [path.name for path in folder.iterdir()] == ["lock"]


def test_the_jvm_is_asked_about_the_cache_that_was_written(folder):
    asked = order(folder, 'for option; do echo "$option"; done | grep building; exit 1')

    with pytest.raises(CacheError, match=r"-XX:AOTCache=.*/mine-new\.building$"):
        build(CacheOrder(**{**asked.to_json(), "insisting": ("-XX:AOTCache={cache}",)}))


def test_a_cache_is_left_to_who_builds_it_already(folder):
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        build(order(folder, "exit 0"))

    assert not (folder / "mine-new.aot").exists()


def test_a_cache_that_is_there_is_not_built_again(folder):
    (folder / "mine-new.aot").write_text("before")

    build(order(folder, "exit 0"))

    assert (folder / "mine-new.aot").read_text() == "before"
