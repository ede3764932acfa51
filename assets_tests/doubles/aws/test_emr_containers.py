"""EMR on EKS as the double plays it."""

import gzip
from typing import Any

import pytest
from botocore.exceptions import ClientError

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.running import BUCKET, ROLE, Double

ENDED = ("COMPLETED", "FAILED", "CANCELLED")


@pytest.fixture
def eks(aws: Double) -> Any:
    put = aws.client("s3").put_object
    put(Bucket=BUCKET, Key="ok.py", Body=b"# no-spark sleep=0")
    put(Bucket=BUCKET, Key="bad.py", Body=b"# no-spark sleep=0 exit=3")
    put(Bucket=BUCKET, Key="long.py", Body=b"# no-spark sleep=60")
    says = b"# no-spark thread\ndef run(d): d.say(str(sorted(d.environment.items())))"
    put(Bucket=BUCKET, Key="says.py", Body=says)
    return aws.client("emr-containers")


@pytest.fixture
def cluster(eks: Any) -> str:
    provider = {"id": "eks", "type": "EKS", "info": {"eksInfo": {"namespace": "spark"}}}
    return eks.create_virtual_cluster(name="seniorlink", containerProvider=provider)["id"]


def start(eks: Any, cluster: str, entry: str, parameters: str = "", **settings: Any) -> str:
    submit = {"entryPoint": f"s3://{BUCKET}/{entry}.py"}
    if parameters:
        submit["sparkSubmitParameters"] = parameters
    return eks.start_job_run(
        **{
            "virtualClusterId": cluster,
            "name": "care/notes#1",
            "executionRoleArn": ROLE,
            "releaseLabel": "emr-7.10.0-latest",
            "jobDriver": {"sparkSubmitJobDriver": submit},
            **settings,
        }
    )["id"]


def run_is(eks: Any, cluster: str, id: str, *states: str) -> dict[str, Any]:
    return until(
        lambda: eks.describe_job_run(id=id, virtualClusterId=cluster)["jobRun"],
        lambda run: run["state"] in states,
    )


@pytest.mark.parametrize(("entry", "state"), [("ok", "COMPLETED"), ("bad", "FAILED")])
def test_a_run_ends_as_its_driver_does(eks: Any, cluster: str, entry: str, state: str) -> None:
    run_id = start(eks, cluster, entry)

    run = run_is(eks, cluster, run_id, *ENDED)

    assert run["state"] == state
    assert run.get("failureReason") == (None if state == "COMPLETED" else "USER_ERROR")


def test_a_run_is_cancelled(eks: Any, cluster: str) -> None:
    run_id = start(eks, cluster, "long")
    run_is(eks, cluster, run_id, "RUNNING")

    eks.cancel_job_run(id=run_id, virtualClusterId=cluster)

    run_is(eks, cluster, run_id, "CANCELLED")
    with pytest.raises(ClientError, match="not in a cancellable state"):
        eks.cancel_job_run(id=run_id, virtualClusterId=cluster)


def test_a_repeated_token_starts_one_run(eks: Any, cluster: str) -> None:
    first = start(eks, cluster, "ok", clientToken="t")

    second = start(eks, cluster, "ok", clientToken="t")

    assert first == second
    assert len(eks.list_job_runs(virtualClusterId=cluster)["jobRuns"]) == 1


def test_a_driver_sees_what_is_set_for_kubernetes_and_nothing_for_yarn(
    aws: Double, eks: Any, cluster: str
) -> None:
    settings = "--conf spark.kubernetes.driverEnv.SEEN=1 --conf spark.yarn.appMasterEnv.UNSEEN=1"
    logs = {"s3MonitoringConfiguration": {"logUri": f"s3://{BUCKET}/logs"}}
    overrides = {"monitoringConfiguration": logs}

    run_id = start(eks, cluster, "says", settings, configurationOverrides=overrides)

    run_is(eks, cluster, run_id, "COMPLETED")
    s3 = aws.client("s3")
    prefix = f"logs/{cluster}/jobs/{run_id}/containers/spark-"
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
    (key,) = [each["Key"] for each in found if each["Key"].endswith("-driver/stdout.gz")]
    body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert gzip.decompress(body).decode() == "[('SEEN', '1')]\n"


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "care/notes 2025-01-01#1"},
        {"jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "s3://lake/" + "x" * 250}}},
        {"releaseLabel": "emr-7.10.0"},
        {"tags": {"partition": ""}},
    ],
)
def test_what_the_service_does_not_take_is_refused(
    eks: Any, cluster: str, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ClientError):
        start(eks, cluster, "ok", **wrong)


def test_runs_are_listed_by_state_and_name(eks: Any, cluster: str) -> None:
    ids = [start(eks, cluster, "ok", name=f"care/notes#{n}") for n in range(3)]
    for run_id in ids:
        run_is(eks, cluster, run_id, "COMPLETED")

    pages = eks.get_paginator("list_job_runs").paginate(
        virtualClusterId=cluster, states=["COMPLETED"], PaginationConfig={"PageSize": 2}
    )

    assert [len(page["jobRuns"]) for page in pages] == [2, 1]
    named = eks.list_job_runs(virtualClusterId=cluster, name="care/notes#1")["jobRuns"]
    assert [run["id"] for run in named] == [ids[1]]


def test_a_namespace_has_one_virtual_cluster(eks: Any, cluster: str) -> None:
    known = eks.describe_virtual_cluster(id=cluster)["virtualCluster"]

    with pytest.raises(ClientError, match="already exists"):
        eks.create_virtual_cluster(name="other", containerProvider=known["containerProvider"])
