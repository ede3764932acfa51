"""`seniorlink recover` runs what the plan says; what it computes is the drills' to show."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets_tests.commands.test_plan import LANDED
from seniorlink_assets import cli
from seniorlink_assets.dagster_home import alone_in


@pytest.fixture
def landed(tmp_path, monkeypatch, real_catalogue) -> Path:
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "home"))
    for name in ("DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "")
    assert seniorlink("seed", *LANDED).exit_code == 0
    return tmp_path / "home"


def seniorlink(*words: str) -> Result:
    return CliRunner().invoke(cli.main, words, prog_name="seniorlink")


def test_a_dry_run_shows_the_plan_and_does_nothing(landed):
    said = seniorlink("recover", "--dry-run")

    assert (said.exit_code, said.output) == (0, seniorlink("plan").output)
    assert not (landed / "lake" / "jobs").exists()


def test_only_one_process_recovers_a_home(landed):
    with alone_in(landed):
        said = seniorlink("recover")

    assert said.exit_code == 1
    assert f"process {os.getpid()} brings {landed} up to date already" in said.output


def test_what_is_blocked_is_told_and_not_run(landed):
    (landed / "landing").rename(landed / "away")
    (landed / "landing" / "other" / "set" / "2025-03-01").mkdir(parents=True)

    said = seniorlink("recover")

    assert said.exit_code == 1
    assert "landing/caregiver_app/messages is missing in " in said.output
    assert said.output.splitlines()[-1] == "recovered: 0 spark jobs, 0 minimum, monolith: 29"


def test_a_setting_that_is_nonsense_is_named_before_anything_is_done(landed, monkeypatch):
    monkeypatch.setenv("SENIORLINK_JOBS", "all")

    said = seniorlink("recover")

    assert said.exit_code == 1
    assert said.output.startswith("Error: SENIORLINK_JOBS is 'all'")
