"""What Dagster is configured with in a home."""

import pytest
import yaml

from seniorlink_assets.dagster_home import prepare_home
from seniorlink_assets.settings import SETTINGS


@pytest.fixture
def concurrency(tmp_path, monkeypatch):
    """The limits that the home gets with some settings: of jobs, and of runs."""

    def of(**settings: str) -> tuple[int, int]:
        for name in [*(setting.name for setting in SETTINGS), "DAGSTER_HOME"]:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"SENIORLINK_HOME": str(tmp_path), **settings}.items():
            monkeypatch.setenv(name, value)
        prepare_home()
        written = yaml.safe_load((tmp_path / "dagster" / "dagster.yaml").read_text())
        limits = written["concurrency"]
        return limits["pools"]["default_limit"], limits["runs"]["max_concurrent_runs"]

    return of


def test_on_this_machine_four_runs_go_side_by_side_however_many_jobs(concurrency):
    assert concurrency() == (4, 4)
    assert concurrency(SENIORLINK_JOBS="12") == (12, 4)
    assert concurrency(SENIORLINK_JOBS="1") == (4, 4)


def test_a_lake_in_s3_alone_brings_no_more_runs_here(concurrency):
    assert concurrency(SENIORLINK_ENV="aws", SENIORLINK_LAUNCHER="local") == (4, 4)


def test_on_emr_each_job_may_be_of_a_run_of_its_own(concurrency):
    assert concurrency(SENIORLINK_ENV="aws") == (20, 20)
    assert concurrency(SENIORLINK_ENV="aws", SENIORLINK_JOBS="50") == (50, 50)
    assert concurrency(SENIORLINK_ENV="aws", SENIORLINK_JOBS="2") == (4, 4)
