"""Steps on EMR clusters: one that lives, and one for each run of Dagster."""

import threading
from datetime import UTC, datetime

import pytest

from assets_tests.launchers.remote_jobs import (
    NOTHING,
    WAITS,
    RemoteJobs,
    emr_steps,
    emr_transient,
)
from seniorlink_assets.launchers.emr_ec2 import EmrEc2Error
from seniorlink_assets.launchers.service import Command


@pytest.fixture
def living(amazon, tmp_path):
    return RemoteJobs(amazon, tmp_path, emr_steps(amazon, tmp_path))


@pytest.fixture
def transient(amazon, tmp_path):
    return RemoteJobs(amazon, tmp_path, emr_transient(amazon, tmp_path))


def clusters(jobs):
    return jobs.double.client("emr").list_clusters()["Clusters"]


def command(name, run_id):
    return Command(name, run_id, "t", "s3://lake/e.py", "s3://lake/c.zip", ("s3://lake/p",), {})


def test_a_step_is_a_driver_with_its_papers_and_one_attempt(living):
    ran = living.run(NOTHING, seconds=600)

    (job,) = ran.handles
    step = living.double.client("emr").describe_step(ClusterId=job["cluster"], StepId=job["id"])
    arguments = step["Step"]["Config"]["Args"]
    assert arguments[:4] == ["timeout", "--kill-after=60", "900", "spark-submit"]
    assert arguments[-1] == ran.papers.where
    assert "spark.yarn.maxAppAttempts=1" in arguments


def test_a_step_that_fails_leaves_its_cluster_alone(living):
    living.run("driver.exit(1)")

    assert living.run(NOTHING).error is None


def test_a_request_whose_answer_is_lost_does_not_make_two_steps(living):
    living.double.faults.order("drop", operation="AddJobFlowSteps", times=1, when="after")

    ran = living.run(NOTHING)

    assert ran.error is None
    assert len(living.double.jobs) == 1


def test_a_cluster_that_is_terminated_takes_its_job_along(living):
    meanwhile = living.run_meanwhile(WAITS)

    living.double.client("emr").terminate_job_flows(JobFlowIds=[living.service.place])
    meanwhile.thread.join(timeout=60)

    assert meanwhile.ran.failure.explanation is not None
    assert living.at_work == []


@pytest.mark.parametrize("state", ["terminated", "missing", "without Spark"])
def test_a_cluster_on_which_nothing_can_run_is_one_sentence(living, state):
    client = living.double.client("emr")
    if state == "terminated":
        client.terminate_job_flows(JobFlowIds=[living.service.place])
    elif state == "missing":
        living.service.cluster = "j-NOTHING"
    else:
        made = client.run_job_flow(
            Name="bare",
            ReleaseLabel="emr-7.10.0",
            Instances={"KeepJobFlowAliveWhenNoSteps": True},
            JobFlowRole="a",
            ServiceRole="b",
        )
        living.service.cluster = made["JobFlowId"]

    with pytest.raises(EmrEc2Error, match=r"set SENIORLINK_EMR_CLUSTER|with the application Spark"):
        living.service.check()


def test_the_jobs_of_a_run_share_a_cluster_of_its_own(transient):
    names = [f"trial/notes#{number}" for number in range(4)]
    start = threading.Barrier(len(names))

    def submit(name):
        start.wait()
        transient.service.submit(command(name, "run-1"))

    threads = [threading.Thread(target=submit, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (cluster,) = clusters(transient)
    assert cluster["Name"] == "seniorlink-run#run-1"
    assert transient.service.find("trial/notes#3", datetime.now(UTC)) is not None


def test_another_run_gets_another_cluster(transient):
    transient.service.submit(command("trial/notes#1", "run-1"))
    transient.service.submit(command("trial/notes#2", "run-2"))

    assert {cluster["Name"] for cluster in clusters(transient)} == {
        "seniorlink-run#run-1",
        "seniorlink-run#run-2",
    }


def test_a_cluster_of_a_run_ends_by_itself(transient, monkeypatch):
    asked = {}
    ask = transient.service.ask

    def listening(operation, purpose, **parameters):
        asked[operation] = parameters
        return ask(operation, purpose, **parameters)

    monkeypatch.setattr(transient.service, "ask", listening)
    transient.run(NOTHING)

    assert asked["run_job_flow"]["AutoTerminationPolicy"] == {"IdleTimeout": 300}


def test_a_template_that_lacks_something_is_one_sentence(transient):
    transient.service.template = {"ReleaseLabel": "emr-7.10.0"}

    with pytest.raises(EmrEc2Error, match="has no Instances, JobFlowRole, ServiceRole; write"):
        transient.service.check()
