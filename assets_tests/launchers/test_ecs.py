"""What is ECS's own: capacity, tasks that stop, and the reasons it gives."""

import pytest

from assets_tests.checkout import failure
from assets_tests.launchers.satellite_services import SatelliteJobs
from seniorlink_assets.launchers.ecs import _state
from seniorlink_assets.launchers.stopped import stopped


@pytest.fixture
def jobs(amazon, tmp_path):
    return SatelliteJobs(amazon, tmp_path, "ecs")


def test_without_capacity_a_task_is_asked_for_again(jobs):
    jobs.double.faults.order("capacity", service="ecs", times=1)

    result = jobs.materialize()

    assert result.success
    assert any("ECS started no task" in line for line in jobs.said(result))


def test_a_cluster_that_is_not_there_is_named_before_anything_is_started(jobs):
    jobs.service.cluster = "elsewhere"

    result = jobs.materialize()

    assert "There is no active ECS cluster elsewhere; set SENIORLINK_ECS_CLUSTER" in failure(result)
    assert jobs.double.jobs == []


def test_tasks_at_work_are_listed_with_one_look(jobs):
    assert jobs.service.at_work() == {}


def test_the_tags_of_a_task_have_only_what_ecs_takes(jobs):
    jobs.launcher.tags = {"owner": "care (data)"}

    jobs.materialize()

    ecs = jobs.double.client("ecs")
    arns = ecs.list_tasks(cluster=jobs.service.place, desiredStatus="STOPPED")["taskArns"]
    (task,) = ecs.describe_tasks(cluster=jobs.service.place, tasks=arns, include=["TAGS"])["tasks"]
    assert {"key": "owner", "value": "care _data_"} in task["tags"]


@pytest.mark.parametrize(
    ("task", "kind", "transient"),
    [
        (
            {
                "stopCode": "EssentialContainerExited",
                "containers": [{"exitCode": 137, "reason": "OutOfMemoryError: memory usage"}],
            },
            "memory",
            True,
        ),
        (
            {"stopCode": "TaskFailedToStart", "stoppedReason": "CannotPullContainerError"},
            "code",
            False,
        ),
        ({"stopCode": "SpotInterruption", "stoppedReason": "Your Spot Task"}, "killed", True),
        ({"stopCode": "UserInitiated", "stoppedReason": "enough"}, "killed", False),
        (
            {"stoppedReason": "ResourceInitializationError: unable to pull secrets"},
            "service",
            True,
        ),
    ],
)
def test_why_a_task_stopped_becomes_a_sentence(task, kind, transient):
    state = _state({"lastStatus": "STOPPED", **task})

    said = stopped(state.details, "task")

    assert state.phase == "failed"
    assert (said["kind"], said["transient"]) == (kind, transient)
    assert said["sentence"].endswith(".")


def test_a_reason_that_is_not_known_is_left_to_the_log():
    assert stopped("Essential container in task exited; exit code 3", "task") is None
