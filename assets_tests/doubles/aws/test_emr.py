"""EMR on EC2 as the double plays it."""

import gzip
from typing import Any

import pytest
from botocore.exceptions import ClientError

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.running import BUCKET, Double


@pytest.fixture
def emr(aws: Double) -> Any:
    put = aws.client("s3").put_object
    put(Bucket=BUCKET, Key="ok.py", Body=b"# no-spark sleep=0")
    put(Bucket=BUCKET, Key="bad.py", Body=b"# no-spark sleep=0 exit=3")
    put(Bucket=BUCKET, Key="long.py", Body=b"# no-spark sleep=60")
    put(Bucket=BUCKET, Key="says.py", Body=b"# no-spark thread\ndef run(d): d.say('hello')")
    return aws.client("emr")


def cluster(emr: Any, *steps: dict[str, Any], keep: bool = True, **settings: Any) -> str:
    return emr.run_job_flow(
        Name="seniorlink",
        ReleaseLabel="emr-7.10.0",
        LogUri=f"s3://{BUCKET}/logs",
        JobFlowRole="EMR_EC2_DefaultRole",
        ServiceRole="EMR_DefaultRole",
        Instances={
            "MasterInstanceType": "m5.xlarge",
            "InstanceCount": 1,
            "KeepJobFlowAliveWhenNoSteps": keep,
        },
        Steps=list(steps),
        **settings,
    )["JobFlowId"]


def step(entry: str, *options: str, on_failure: str = "CONTINUE") -> dict[str, Any]:
    return {
        "Name": f"care/notes#{entry}",
        "ActionOnFailure": on_failure,
        "HadoopJarStep": {
            "Jar": "command-runner.jar",
            "Args": ["spark-submit", *options, f"s3://{BUCKET}/{entry}.py"],
        },
    }


def add(emr: Any, id: str, *steps: dict[str, Any]) -> list[str]:
    return emr.add_job_flow_steps(JobFlowId=id, Steps=list(steps))["StepIds"]


def step_is(emr: Any, id: str, step_id: str, *states: str) -> dict[str, Any]:
    return until(
        lambda: emr.describe_step(ClusterId=id, StepId=step_id)["Step"],
        lambda found: found["Status"]["State"] in states,
    )


def cluster_is(emr: Any, id: str, *states: str) -> dict[str, Any]:
    return until(
        lambda: emr.describe_cluster(ClusterId=id)["Cluster"],
        lambda found: found["Status"]["State"] in states,
    )


def test_a_living_cluster_runs_a_step_and_waits(emr: Any) -> None:
    cluster_id = cluster(emr)

    (step_id,) = add(emr, cluster_id, step("ok"))

    step_is(emr, cluster_id, step_id, "COMPLETED")
    cluster_is(emr, cluster_id, "WAITING")


def test_a_transient_cluster_ends_with_its_steps(emr: Any) -> None:
    cluster_id = cluster(emr, step("ok"), keep=False)

    ended = cluster_is(emr, cluster_id, "TERMINATED", "TERMINATED_WITH_ERRORS")

    assert ended["Status"]["State"] == "TERMINATED"
    assert ended["Status"]["StateChangeReason"]["Code"] == "ALL_STEPS_COMPLETED"


def test_a_step_that_fails_takes_its_cluster_along_if_it_is_to(emr: Any) -> None:
    failing = step("bad", on_failure="TERMINATE_CLUSTER")
    cluster_id = cluster(emr, failing, step("ok"), keep=True)

    ended = cluster_is(emr, cluster_id, "TERMINATED", "TERMINATED_WITH_ERRORS")

    states = [each["Status"]["State"] for each in emr.list_steps(ClusterId=cluster_id)["Steps"]]
    assert ended["Status"]["State"] == "TERMINATED_WITH_ERRORS"
    assert ended["Status"]["StateChangeReason"]["Code"] == "STEP_FAILURE"
    assert states == ["CANCELLED", "FAILED"]


def test_a_step_that_fails_cancels_the_waiting_ones_if_it_is_to(emr: Any) -> None:
    cluster_id = cluster(emr, step("bad", on_failure="CANCEL_AND_WAIT"), step("ok"))

    cluster_is(emr, cluster_id, "WAITING")

    states = [each["Status"]["State"] for each in emr.list_steps(ClusterId=cluster_id)["Steps"]]
    assert states == ["CANCELLED", "FAILED"]


def test_steps_run_one_after_the_other_unless_the_cluster_runs_several(emr: Any) -> None:
    one, two = cluster(emr), cluster(emr, StepConcurrencyLevel=2)

    alone = add(emr, one, step("long"), step("long"))
    together = add(emr, two, step("long"), step("long"))

    for cluster_id in together:
        step_is(emr, two, cluster_id, "RUNNING")
    step_is(emr, one, alone[0], "RUNNING")
    assert step_is(emr, one, alone[1], "PENDING")


def test_a_cluster_that_runs_several_steps_refuses_one_that_would_end_it(emr: Any) -> None:
    cluster_id = cluster(emr, StepConcurrencyLevel=2)

    with pytest.raises(ClientError, match="ActionOnFailure"):
        add(emr, cluster_id, step("ok", on_failure="TERMINATE_CLUSTER"))


def test_steps_are_cancelled_while_pending_and_while_running(emr: Any) -> None:
    cluster_id = cluster(emr)
    running, pending = add(emr, cluster_id, step("long"), step("long"))
    step_is(emr, cluster_id, running, "RUNNING")

    told = emr.cancel_steps(ClusterId=cluster_id, StepIds=[pending, running])["CancelStepsInfoList"]

    assert [each["Status"] for each in told] == ["SUBMITTED", "SUBMITTED"]
    step_is(emr, cluster_id, pending, "CANCELLED")
    step_is(emr, cluster_id, running, "CANCELLED")
    (again,) = emr.cancel_steps(ClusterId=cluster_id, StepIds=[running])["CancelStepsInfoList"]
    assert again["Status"] == "FAILED"


def test_a_cluster_takes_at_most_256_steps_at_a_time(emr: Any) -> None:
    cluster_id = cluster(emr)
    for _ in range(8):
        add(emr, cluster_id, *[step("long")] * 32)

    with pytest.raises(ClientError, match="256"):
        add(emr, cluster_id, step("long"))
    pages = list(emr.get_paginator("list_steps").paginate(ClusterId=cluster_id))
    assert [len(page["Steps"]) for page in pages] == [50, 50, 50, 50, 50, 6]


def test_a_step_is_ended_by_the_timeout_it_begins_with(aws: Double, emr: Any) -> None:
    aws.time(minute=0.6, pace=0)
    timed = step("long")
    timed["HadoopJarStep"]["Args"][:0] = ["timeout", "--kill-after=60", "30"]
    cluster_id = cluster(emr)

    (step_id,) = add(emr, cluster_id, timed)

    failed = step_is(emr, cluster_id, step_id, "FAILED")
    assert failed["Status"]["FailureDetails"]["Message"] == "exitCode: 124"


def test_the_log_of_a_step_lies_below_its_cluster(aws: Double, emr: Any) -> None:
    cluster_id = cluster(emr)
    (step_id,) = add(emr, cluster_id, step("says"))

    step_is(emr, cluster_id, step_id, "COMPLETED")

    assert log(aws, f"logs/{cluster_id}/steps/{step_id}/stdout.gz") == "hello\n"


def test_in_cluster_mode_the_driver_logs_with_its_container(aws: Double, emr: Any) -> None:
    cluster_id = cluster(emr)
    (step_id,) = add(emr, cluster_id, step("says", "--deploy-mode", "cluster"))

    step_is(emr, cluster_id, step_id, "COMPLETED")

    said = log(aws, f"logs/{cluster_id}/steps/{step_id}/stderr.gz")
    application = said.split()[-1]
    container = f"{application.replace('application', 'container')}_01_000001"
    folder = f"logs/{cluster_id}/containers/{application}/{container}"
    assert log(aws, f"{folder}/stdout.gz") == "hello\n"


def test_a_cluster_that_gets_no_instances_ends_with_errors(aws: Double, emr: Any) -> None:
    aws.faults.order("capacity", service="emr")

    cluster_id = cluster(emr, step("ok"))

    ended = cluster_is(emr, cluster_id, "TERMINATED_WITH_ERRORS")
    assert "InsufficientInstanceCapacity" in ended["Status"]["StateChangeReason"]["Message"]


def test_a_terminated_cluster_takes_no_steps(emr: Any) -> None:
    cluster_id = cluster(emr)
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    cluster_is(emr, cluster_id, "TERMINATED")

    with pytest.raises(ClientError, match="may not be modified"):
        add(emr, cluster_id, step("ok"))


def test_another_region_does_not_know_the_cluster(aws: Double, emr: Any) -> None:
    cluster_id = cluster(emr)

    with pytest.raises(ClientError, match="is not valid"):
        aws.client("emr", region_name="eu-west-1").describe_cluster(ClusterId=cluster_id)


def log(aws: Double, key: str) -> str:
    body = aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return gzip.decompress(body).decode()


def test_a_cluster_says_after_how_long_it_ends_itself(emr: Any) -> None:
    idle = cluster(emr, AutoTerminationPolicy={"IdleTimeout": 300})
    endless = cluster(emr)

    def policy(id: str) -> Any:
        return emr.get_auto_termination_policy(ClusterId=id).get("AutoTerminationPolicy")

    assert policy(idle) == {"IdleTimeout": 300}
    assert policy(endless) is None
    emr.put_auto_termination_policy(ClusterId=endless, AutoTerminationPolicy={"IdleTimeout": 60})
    emr.remove_auto_termination_policy(ClusterId=idle)
    assert (policy(idle), policy(endless)) == (None, {"IdleTimeout": 60})


def test_a_cluster_ends_itself_after_a_minute_at_least(emr: Any) -> None:
    with pytest.raises(ClientError, match="IdleTimeout must be between 60"):
        cluster(emr, AutoTerminationPolicy={"IdleTimeout": 30})
