"""Misfortune as it reaches clients of the double."""

import time
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.running import BUCKET, ROLE, Double
from assets_tests.doubles.aws.serverless import Serverless

ONCE = Config(retries={"total_max_attempts": 1})
LONG = "# no-spark sleep=60"


@pytest.fixture
def s3(aws: Double) -> Any:
    """A client that tries once."""
    return aws.client("s3", config=ONCE)


def put(s3: Any, key: str = "a") -> Any:
    return s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("throttle", "SlowDown", 503),
        ("error", "InternalError", 500),
        ("deny", "AccessDenied", 403),
        ("skew", "RequestTimeTooSkewed", 403),
    ],
)
def test_s3_refuses_as_often_as_ordered(
    aws: Double, s3: Any, kind: str, code: str, status: int
) -> None:
    aws.faults.order(kind, service="s3", operation="PutObject", times=1)

    with pytest.raises(ClientError) as caught:
        put(s3)
    put(s3)

    answer = caught.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert aws.faults.met == [1]


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("emr-serverless", "list_applications", {}),
        ("emr", "list_clusters", {}),
        ("emr-containers", "list_virtual_clusters", {}),
        ("sts", "get_caller_identity", {}),
        ("ecs", "list_clusters", {}),
        ("lambda", "list_functions", {}),
        ("ssm", "list_commands", {}),
        ("logs", "describe_log_groups", {}),
        ("iam", "list_roles", {}),
    ],
)
def test_every_service_is_throttled_in_its_own_protocol(
    aws: Double, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    client = aws.client(service, config=ONCE)
    aws.faults.order("throttle", service=service, times=1)

    with pytest.raises(ClientError, match="ThrottlingException"):
        getattr(client, operation)(**arguments)
    getattr(client, operation)(**arguments)


def test_a_client_that_tries_again_does_not_notice_a_few_refusals(aws: Double) -> None:
    aws.faults.order("throttle", service="s3", times=1)

    put(aws.client("s3", config=Config(retries={"mode": "standard", "total_max_attempts": 3})))

    assert aws.counters["s3:PutObject"]["refused"] == 1


def test_a_rate_strikes_the_same_requests_for_the_same_seed(aws: Double, s3: Any) -> None:
    def struck() -> list[bool]:
        aws.faults.clear()
        aws.faults.order("error", service="s3", operation="HeadObject", rate=0.5, seed=7)
        return [code(s3) == 500 for _ in range(20)]

    put(s3)

    first, second = struck(), struck()

    assert first == second
    assert 0 < sum(first) < 20


def test_a_denial_is_for_an_operation_and_a_prefix(aws: Double, s3: Any) -> None:
    aws.faults.order("deny", operation="PutObject", resource=f"{BUCKET}/published/*")

    put(s3, "landing/a")

    with pytest.raises(ClientError, match="AccessDenied"):
        put(s3, "published/a")


def test_a_connection_is_dropped_before_a_request_takes_effect_or_after(
    aws: Double, s3: Any
) -> None:
    for when in ("before", "after"):
        aws.faults.order("drop", service="s3", operation="PutObject", times=1, when=when)
        with pytest.raises(HTTPClientError):
            put(s3, when)

    listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [each["Key"] for each in listed] == ["after"]


def test_a_dropped_answer_starts_one_run_however_often_the_client_asks(aws: Double) -> None:
    application = Serverless(aws)
    aws.faults.order("drop", operation="StartJobRun", times=1, when="after")

    application.start(LONG)

    asked = aws.counters["emr-serverless:StartJobRun"]["requests"]
    runs = application.client.list_job_runs(applicationId=application.id)["jobRuns"]
    assert (asked, len(runs)) == (2, 1)


def test_an_answer_is_delayed(aws: Double, s3: Any) -> None:
    aws.faults.order("delay", service="s3", seconds=0.3, times=1)
    begun = time.monotonic()

    put(s3)

    assert time.monotonic() - begun >= 0.3


def test_a_limit_lets_so_many_requests_through_in_a_second(aws: Double, s3: Any) -> None:
    put(s3)
    aws.faults.order("limit", operation="HeadObject", per_second=3)

    codes = [code(s3) for _ in range(6)]

    assert codes[:3] == [200, 200, 200]
    assert 503 in codes[3:]


def test_keys_expire_and_are_renewed(aws: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    before = boto3.Session()
    put(before.client("s3"))

    aws.expire_credentials()
    with pytest.raises(ClientError, match="ExpiredToken"):
        put(before.client("s3"))
    with pytest.raises(ClientError, match="ExpiredTokenException"):
        before.client("emr-serverless").list_applications()
    aws.renew_credentials()

    put(boto3.Session().client("s3"))
    with pytest.raises(ClientError, match="ExpiredToken"):
        put(before.client("s3"))


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("emr-serverless", "list_applications", "UnrecognizedClientException"),
    ],
)
def test_keys_of_somebody_else_are_refused(
    aws: Double, service: str, operation: str, code: str
) -> None:
    client = boto3.Session(aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x")  # noqa: S106
    mine = client.client(service, endpoint_url=aws.url, region_name="us-east-1")

    with pytest.raises(ClientError, match=code):
        getattr(mine, operation)()


def test_a_driver_is_killed_after_a_while(aws: Double) -> None:
    aws.faults.order("kill", job="care/*", seconds=0.1, times=1)
    application = Serverless(aws)

    run = application.ended(application.start(LONG))

    assert run["state"] == "FAILED"
    assert "ExitCode: 137" in run["stateDetails"]


def test_a_run_that_is_lost_is_known_no_more(aws: Double) -> None:
    aws.faults.order("lose", job="care/*", seconds=0.1)
    application = Serverless(aws)
    run_id = application.start(LONG)

    until(lambda: aws.jobs, lambda jobs: jobs and jobs[0]["over"])

    with pytest.raises(ClientError, match="does not exist"):
        application.run(run_id)
    assert application.client.list_job_runs(applicationId=application.id)["jobRuns"] == []


def test_a_run_without_capacity_fails(aws: Double) -> None:
    aws.faults.order("capacity", service="emr-serverless")
    application = Serverless(aws)

    run = application.ended(application.start(LONG))

    assert run["state"] == "FAILED"
    assert "maximum vCPU" in run["stateDetails"]
    assert aws.jobs == []


def test_requests_are_counted_by_operation_with_the_busiest_second(aws: Double, s3: Any) -> None:
    aws.forget_counters()

    for _ in range(5):
        put(s3)

    assert aws.counters == {"s3:PutObject": {"requests": 5, "refused": 0, "peak": 5}}


def test_a_reset_forgets_jobs_objects_faults_and_counters(aws: Double) -> None:
    Serverless(aws).start(LONG)
    aws.faults.order("error")

    aws.reset()

    assert aws.jobs == []
    assert aws.faults.met == []
    assert aws.client("emr-serverless").list_applications()["applications"] == []
    assert aws.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert aws.client("iam").get_role(RoleName="seniorlink-job")["Role"]["Arn"] == ROLE


def code(s3: Any) -> int:
    try:
        return s3.head_object(Bucket=BUCKET, Key="a")["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]
