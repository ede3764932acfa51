"""A hundred and more jobs in flight cost one poller and a process of modest size."""

import json
import subprocess
import sys

import pytest

from assets_tests.doubles.aws.running import REPOSITORY
from seniorlink_assets.launchers.emr_serverless import QUOTAS

COUNT, SECONDS = 200, 20


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    command = [sys.executable, "-W", "ignore", "-m", "assets_tests.launchers.in_flight"]
    done = subprocess.run(
        [*command, str(tmp_path_factory.mktemp("flight")), str(COUNT), str(SECONDS)],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)


def test_all_of_them_are_in_flight_together_and_each_is_submitted_once(measured):
    assert (measured["in flight"], measured["job runs"], measured["names"]) == (COUNT,) * 3
    assert measured["succeeded"] == COUNT


def test_one_process_follows_them_all_in_less_than_a_gigabyte(measured):
    assert measured["megabytes"] < 1024


def test_to_wait_for_them_asks_the_service_no_more_often_than_an_account_may(measured):
    asked = measured["waiting, per second"]

    assert asked["emr-serverless:ListJobRuns"] <= 1.1 * QUOTAS["list_job_runs"][0]
    assert "emr-serverless:GetJobRun" not in asked


@pytest.mark.parametrize("operation", ["list_job_runs", "get_job_run"])
def test_no_second_is_busier_than_an_account_may_be(measured, operation):
    name = "".join(word.title() for word in operation.split("_"))
    per_second, burst = QUOTAS[operation]

    busiest = [
        counted.get(f"emr-serverless:{name}", 0) for counted in measured["busiest second"].values()
    ]

    assert max(busiest) <= burst + per_second
