"""`seniorlink gc` says what it removes."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets_tests.releases.released import TABLES, TOTALS, Home
from seniorlink_assets import catalogue, cli
from seniorlink_assets.deploy import Package, ship


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "home"))
    for table in TABLES:
        catalogue.remember(table)
    return Home(tmp_path / "home")


def seniorlink(*words: str) -> Result:
    return CliRunner().invoke(cli.main, words, prog_name="seniorlink")


def test_what_is_removed_is_said(home):
    for mood in range(1, 6):
        home.release(TOTALS, mood)

    result = seniorlink("gc")

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "care/totals: 2 snapshots, 2 files, 0 jobs, 0 leftovers, 0 packages, 0.0 MB",
        "removed: 2 snapshots, 2 files, 0 jobs, 0 leftovers, 0 packages, 0.0 MB",
    ]
    assert home.moods(TOTALS) == [5]


def test_fewer_releases_can_be_kept(home):
    for mood in range(1, 6):
        home.release(TOTALS, mood)

    result = seniorlink("gc", "--keep", "1")

    assert result.output.splitlines()[-1].startswith("removed: 4 snapshots, 4 files, ")


def test_old_code_of_jobs_is_removed(home):
    shipped = ship(Package({"spark/run.py": b"x" * 400_000}, b"entry"), home.lake.storage)
    for path in Path(shipped.folder_url).iterdir():
        os.utime(path, (0, 0))

    result = seniorlink("gc")

    assert result.output.splitlines() == [
        "code: 0 snapshots, 0 files, 0 jobs, 0 leftovers, 1 packages, 0.4 MB",
        "removed: 0 snapshots, 0 files, 0 jobs, 0 leftovers, 1 packages, 0.4 MB",
    ]


def test_a_dry_run_removes_nothing(home):
    for mood in range(1, 6):
        home.release(TOTALS, mood)

    first, second = [seniorlink("gc", "--dry-run") for _ in range(2)]

    assert first.output.splitlines()[-1].startswith("would be removed: 2 snapshots, 2 files, ")
    assert first.output == second.output


def test_a_table_that_cannot_be_read_is_named(home):
    home.release(TOTALS, 1)
    pointer = home.lake.storage.root / "published" / "care" / "totals" / "all.json"
    pointer.write_text("{")

    result = seniorlink("gc")

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "removed: 0 snapshots, 0 files, 0 jobs, 0 leftovers, 0 packages, 0.0 MB",
        f"care/totals is left alone: {pointer} is not a published pointer (JSONDecodeError); "
        "delete it and materialize the partition again",
    ]


@pytest.mark.parametrize("words", [("--keep", "0"), ("--days", "0"), ("--days", "soon")])
def test_what_makes_no_sense_is_refused(home, words):
    result = seniorlink("gc", *words)

    assert result.exit_code == 2
