"""What a satellite has used is told with its table, and dollars where prices are known."""

from datetime import UTC, datetime, timedelta

import pytest

from assets_tests.launchers.processes import becomes
from assets_tests.launchers.satellite_services import SatelliteJobs
from assets_tests.launchers.test_cost import shown
from seniorlink_assets.launchers.cost import _table, cost, rates
from seniorlink_assets.launchers.satellite_cost import of_invocation, of_task, task_architecture

BEGAN = datetime(2025, 1, 2, tzinfo=UTC)
TASK = {
    "launchType": "FARGATE",
    "cpu": "512",
    "memory": "2048",
    "pullStartedAt": BEGAN,
    "startedAt": BEGAN + timedelta(seconds=30),
    "stoppedAt": BEGAN + timedelta(minutes=30),
}
FUNCTION = {"MemorySize": 1024}
REPORT = (
    "REPORT RequestId: a-1\tDuration: 35999.20 ms\tBilled Duration: 36000 ms\tMemory Size: 512 MB\t"
    "Max Memory Used: 472 MB\tInit Duration: 200.00 ms\t"
)


def priced(usage, service, architecture="X86_64", region="us-east-1"):
    return shown(cost(usage, rates(region, architecture, service)))


def of(result):
    """The metadata of the one table that a run materialized."""
    (event,) = result.get_asset_materialization_events()
    return shown(event.materialization.metadata)


def test_fargate_bills_from_the_pull_of_the_image_until_the_task_has_stopped():
    said = priced(of_task(TASK, BEGAN), "fargate")

    assert said["vCPU hours"] == pytest.approx(0.25)
    assert said["memory GB hours"] == pytest.approx(1.0)
    assert said["dollars"] == pytest.approx(0.25 * 0.04048 + 0.004445)
    assert said["hours are"] == "billed by Fargate, from the pull of the image"
    assert said["dollars are by"].startswith("X86_64 in us-east-1: Fargate on demand")


def test_fargate_bills_a_minute_at_least():
    brief = {**TASK, "stoppedAt": BEGAN + timedelta(seconds=20)}

    assert of_task(brief, BEGAN).vcpu_hours == pytest.approx(0.5 / 60)


def test_a_task_that_is_still_being_stopped_counts_until_now():
    stopping = {**TASK, "stoppedAt": None}

    usage = of_task(stopping, BEGAN + timedelta(minutes=6))

    assert usage.vcpu_hours == pytest.approx(0.05)
    assert "until now" in usage.said_by


def test_only_storage_beyond_what_is_free_counts():
    large = {**TASK, "ephemeralStorage": {"sizeInGiB": 50}}

    assert of_task(large, BEGAN).storage_gb_hours == pytest.approx(15)
    assert of_task(TASK, BEGAN).storage_gb_hours == 0


def test_a_task_that_never_began_has_used_nothing_that_is_known():
    assert of_task({"launchType": "FARGATE"}, BEGAN) is None


def test_on_a_cluster_of_instances_there_are_hours_and_no_dollars():
    on_instances = {**TASK, "launchType": "EC2"}

    said = shown(cost(of_task(on_instances, BEGAN), None))

    assert said["vCPU hours"] == pytest.approx(0.25)
    assert "its cluster's instances are billed" in said["hours are"]
    assert "dollars" not in said


@pytest.mark.parametrize(
    ("more", "architecture"),
    [
        ({}, "X86_64"),
        ({"capacityProviderName": "FARGATE"}, "X86_64"),
        ({"attributes": [{"name": "ecs.cpu-architecture", "value": "arm64"}]}, "ARM64"),
        ({"capacityProviderName": "FARGATE_SPOT"}, None),
        ({"platformFamily": "Windows_Server_2022_Core"}, None),
        ({"launchType": "EC2"}, None),
    ],
)
def test_a_price_is_looked_up_only_for_what_has_one(more, architecture):
    assert task_architecture({**TASK, **more}) == architecture


def test_lambda_bills_what_its_report_says():
    log = f"START RequestId: a-1\n{REPORT}\nREPORT RequestId: b-2\tDuration: 1 ms\n"

    said = priced(of_invocation(FUNCTION, log, "a-1", None), "lambda")

    assert said["memory GB hours"] == pytest.approx(0.005)
    assert said["hours are"] == "billed by Lambda"
    assert said["dollars"] == pytest.approx(36 * 0.5 * 0.0000166667, abs=1e-6)
    assert "vCPU hours" not in said


def test_every_try_of_an_event_is_billed():
    usage = of_invocation(FUNCTION, f"{REPORT}\n{REPORT}", "a-1", None)

    assert usage.memory_gb_hours == pytest.approx(0.01)


def test_without_a_report_the_measured_time_counts_and_says_that_it_is_that():
    usage = of_invocation(FUNCTION, REPORT, "another", 36.0)

    assert usage.memory_gb_hours == pytest.approx(0.01)
    assert usage.said_by.startswith("from begin to end of the job")
    assert of_invocation(FUNCTION, "", "a-1", None) is None


@pytest.mark.parametrize("service", ["fargate", "lambda"])
def test_elsewhere_there_are_hours_without_dollars(service):
    said = priced(of_task(TASK, BEGAN), service, region="eu-north-1")

    assert said["cost"] == "unknown: no rates are known for it where it ran"


@pytest.mark.parametrize("service", ["fargate", "lambda"])
def test_arm_is_a_fifth_cheaper(service):
    found = _table(service)["rates"]["us-east-1"]

    assert found["ARM64"][1] == pytest.approx(found["X86_64"][1] * 0.8, rel=0.01)


@pytest.mark.parametrize(
    ("service", "hours_are"),
    [("lambda", "Lambda"), ("ecs", "had by the task")],
)
def test_a_materialization_says_what_it_used(amazon, tmp_path, service, hours_are):
    result = SatelliteJobs(amazon, tmp_path, service).materialize()

    assert of(result)["memory GB hours"] > 0
    assert hours_are in of(result)["hours are"]


def test_on_an_instance_a_satellite_costs_nothing_of_its_own(amazon, tmp_path):
    result = SatelliteJobs(amazon, tmp_path, "ec2").materialize()

    assert of(result)["cost"].startswith("none of its own: the instance is billed")


def test_what_lambda_reports_replaces_what_was_measured(amazon, tmp_path):
    jobs = SatelliteJobs(amazon, tmp_path, "lambda")
    result = jobs.materialize()
    handle = {
        "id": of(result)["job"],
        "at": 0.0,
        "papers": f"jobs/trial/notes/{jobs.attempts[0]}",
    }

    assert becomes(lambda: shown(jobs.service.cost(handle, {}))["hours are"] == "billed by Lambda")
