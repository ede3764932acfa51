"""A machine without room, without permission or without Java: one table fails and says so."""

import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest

from assets_tests.bad_input.ward import DAYS, NOTES, ONLY_MOODS_FAILED, Ward, steps
from assets_tests.checkout import failure
from seniorlink_assets.launchers.local import LocalLauncher

NOTE = f"note_id,noted_on,mood\n11,{DAYS[1]},5\n"
LARGE = """from pyspark.sql import functions as F
    many = notes.sparkSession.range(4_000_000)
    return many.select(
        F.xxhash64("id").alias("note_id"),
        F.lit("2025-01-03").cast("date").alias("noted_on"),
        F.lit(3).alias("mood"),
    )"""


@contextmanager
def mounted(folder, options):
    done = root("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    if done.returncode != 0:
        reason = f"a tmpfs cannot be mounted here: {done.stderr.strip()}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield
    finally:
        root("umount", "--lazy", str(folder))


def root(program, *arguments):
    command = [shutil.which(program) or program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def small_disk(tmp_path, published_home):
    """The tables in a home with a few megabytes to spare."""
    ward = Ward(tmp_path)
    with mounted(ward.home, "size=24m"):
        shutil.copytree(published_home, ward.home, dirs_exist_ok=True)
        yield ward


def fill_disk(ward: Ward) -> None:
    left = shutil.disk_usage(ward.home).free
    (ward.home / "filler").write_bytes(b"x" * left)


def test_a_job_that_fills_the_disk_fails_its_table_only(small_disk):
    ward = small_disk
    ward.run_on(LocalLauncher("512m", cores=1))
    ward.change_transform(LARGE)
    before = ward.state()

    result = ward.materialize()

    assert failure(result) == (
        "ward/moods: The disk is full (No space left on device); free some space and materialize "
        "again."
    )
    assert steps(result) == ONLY_MOODS_FAILED
    assert ward.state() == before


def test_a_disk_that_is_full_before_a_job_starts_fails_its_table_only(small_disk):
    ward = small_disk
    ward.run_on(LocalLauncher("512m", cores=1))
    ward.land_notes(DAYS[1], NOTE)
    before = ward.state()
    fill_disk(ward)

    result = ward.materialize()

    assert failure(result) == (
        f"ward/moods: {ward.home} cannot be used (No space left on device); make room or make it "
        "writable, then materialize again"
    )
    assert steps(result) == ONLY_MOODS_FAILED
    assert ward.state() == before


def test_a_home_that_cannot_be_written_fails_what_has_to_be_computed(small_disk):
    ward = small_disk
    ward.change_transform("return notes.limit(0)")
    before = ward.state()
    assert root("mount", "-o", "remount,ro", str(ward.home)).returncode == 0

    result = ward.checkout.materialize(NOTES, ward.moods, select=[ward.moods], days=DAYS[1])

    sentence = failure(result)
    assert sentence.startswith(f"ward/moods: {ward.home}/lake/")
    assert sentence.endswith(
        " cannot be used (Read-only file system); make room or make it writable, "
        "then materialize again"
    )
    assert ward.state() == before


def test_a_java_home_without_java_fails_what_has_to_be_computed(ward, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    ward.run_on(LocalLauncher("512m", cores=1))
    ward.land_notes(DAYS[1], NOTE)
    before = ward.state()

    result = ward.materialize()

    assert failure(result) == (
        f"ward/moods: JAVA_HOME is {tmp_path}/nowhere, but there is no {tmp_path}/nowhere/bin/java;"
        " correct it, or unset it to use the bundled Java"
    )
    assert steps(result) == ONLY_MOODS_FAILED
    assert ward.state() == before


def test_a_java_that_is_too_old_fails_what_has_to_be_computed(ward, monkeypatch, tmp_path):
    java = tmp_path / "java-11"
    (java / "bin").mkdir(parents=True)
    (java / "bin/java").touch()
    (java / "release").write_text('JAVA_VERSION="11.0.2"\n')
    monkeypatch.setenv("JAVA_HOME", str(java))
    ward.run_on(LocalLauncher("512m", cores=1))
    ward.land_notes(DAYS[1], NOTE)
    before = ward.state()

    result = ward.materialize()

    assert failure(result) == (
        f"ward/moods: JAVA_HOME is {java}, which is Java 11.0.2, but Spark needs 17 or newer; "
        "point it at a newer one, or unset it to use the bundled Java"
    )
    assert steps(result) == ONLY_MOODS_FAILED
    assert ward.state() == before
