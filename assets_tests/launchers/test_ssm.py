"""What is Systems Manager's own: an instance that may be away, and commands without a token."""

from datetime import UTC, datetime, timedelta

import pytest

from assets_tests.checkout import failure
from assets_tests.launchers.processes import becomes
from assets_tests.launchers.satellite_services import SatelliteJobs
from assets_tests.satellite_table import doing


@pytest.fixture
def jobs(amazon, tmp_path):
    return SatelliteJobs(amazon, tmp_path, "ec2")


def test_an_instance_that_is_not_managed_is_named_before_anything_is_started(jobs):
    jobs.service.instance = "i-00000000000000000"

    result = jobs.materialize()

    assert "The instance i-00000000000000000 is unknown to Systems Manager" in failure(result)
    assert jobs.double.jobs == []


def test_a_command_is_found_by_its_comment(jobs):
    since = datetime.now(UTC) - timedelta(minutes=1)
    jobs.materialize()
    (attempt,) = jobs.attempts

    found = jobs.service.find(f"trial/notes#{attempt}", since)

    (command,) = jobs.double.client("ssm").list_commands()["Commands"]
    assert found["id"] == command["CommandId"]


def test_what_the_command_says_is_there_if_its_papers_have_no_log(jobs):
    jobs.materialize(doing("import os; os._exit(3)"))
    (command,) = jobs.double.client("ssm").list_commands()["Commands"]

    assert becomes(lambda: jobs.service.at_work() == {})
    assert jobs.service.log({"id": command["CommandId"], "at": 0.0, "papers": ""}, 100) is None
