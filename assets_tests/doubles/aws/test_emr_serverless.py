"""EMR Serverless as the double plays it."""

import gzip
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.running import BUCKET, Double
from assets_tests.doubles.aws.serverless import ENDED, Serverless

OK, BAD, LONG = "# no-spark sleep=0", "# no-spark sleep=0 exit=3", "# no-spark sleep=60"
LOGS = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": f"s3://{BUCKET}/logs"}}}


@pytest.fixture
def application(aws: Double) -> Serverless:
    return Serverless(aws)


def test_a_run_goes_through_every_state_in_order(aws: Double, application: Serverless) -> None:
    aws.time(minute=60, pace=0.3)
    seen: list[str] = []

    run_id = application.start("# no-spark sleep=0.3")

    def look() -> list[str]:
        state = application.run(run_id)["state"]
        if state not in seen:
            seen.append(state)
        return seen

    until(look, lambda states: states[-1] in ENDED)
    assert seen == ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "SUCCESS"]


def test_a_failed_run_says_the_exit_code_and_the_last_exception(
    application: Serverless,
) -> None:
    run_id = application.start("# no-spark thread\ndef run(driver): raise ValueError('no mood')")

    run = application.ended(run_id)

    assert run["state"] == "FAILED"
    assert "ExitCode: 1. Last few exceptions: ValueError: no mood" in run["stateDetails"]


def test_a_missing_entry_point_fails_the_run(application: Serverless) -> None:
    driver = {"sparkSubmit": {"entryPoint": f"s3://{BUCKET}/missing.py"}}

    run = application.ended(application.start(OK, jobDriver=driver))

    assert run["state"] == "FAILED"
    assert "NoSuchFileException" in run["stateDetails"]


def test_a_cancelled_run_is_cancelling_first(application: Serverless) -> None:
    run_id = application.start(LONG)
    application.run_is(run_id, "RUNNING")

    application.cancel(run_id)

    assert application.run(run_id)["state"] in ("CANCELLING", "CANCELLED")
    application.run_is(run_id, "CANCELLED")
    with pytest.raises(ClientError, match="cancellable"):
        application.cancel(run_id)


def test_a_run_is_cancelled_before_it_has_begun(aws: Double, application: Serverless) -> None:
    aws.time(minute=60, pace=30)
    run_id = application.start(LONG)

    application.cancel(run_id)

    aws.time(minute=60, pace=0)
    application.run_is(run_id, "CANCELLED")
    assert aws.jobs == []


def test_a_run_is_cancelled_at_its_timeout(aws: Double, application: Serverless) -> None:
    aws.time(minute=0.02, pace=0)

    run = application.ended(application.start(LONG, executionTimeoutMinutes=5))

    assert run["state"] == "CANCELLED"
    assert "timeout of 5 minutes" in run["stateDetails"]


def test_a_repeated_token_starts_one_run_and_refuses_another(application: Serverless) -> None:
    driver = {"sparkSubmit": {"entryPoint": f"s3://{BUCKET}/entries/1.py"}}
    first = application.start(OK, clientToken="t", jobDriver=driver)

    second = application.start(OK, clientToken="t", jobDriver=driver)

    assert first == second
    with pytest.raises(ClientError, match="ConflictException"):
        application.start(OK, clientToken="t", jobDriver=driver, name="care/notes#2")
    listed = application.client.list_job_runs(applicationId=application.id)["jobRuns"]
    assert len(listed) == 1


def test_a_failed_run_is_tried_again_if_it_may(application: Serverless) -> None:
    run_id = application.start(BAD, retryPolicy={"maxAttempts": 2}, configurationOverrides=LOGS)

    run = application.ended(run_id)

    asked = {"applicationId": application.id, "jobRunId": run_id}
    attempts = application.client.list_job_run_attempts(**asked)["jobRunAttempts"]
    assert (run["state"], run["attempt"]) == ("FAILED", 2)
    assert [(each["attempt"], each["state"]) for each in attempts] == [(1, "FAILED"), (2, "FAILED")]
    assert (
        log(application.aws, f"{logs(application, run_id)}/attempts/2/SPARK_DRIVER/stdout.gz") == ""
    )


def test_an_application_starts_itself_and_stops_when_idle(
    aws: Double, application: Serverless
) -> None:
    before = state(application)
    application.ended(application.start(OK))
    between = state(application)

    aws.time(minute=0, pace=0)

    assert (before, between, state(application)) == ("CREATED", "STARTED", "STOPPED")


def test_a_stopped_application_that_may_not_start_itself_refuses_runs(aws: Double) -> None:
    application = Serverless(aws, autoStartConfiguration={"enabled": False})

    with pytest.raises(ClientError, match="autoStart is disabled"):
        application.start(OK)
    application.client.start_application(applicationId=application.id)
    assert application.ended(application.start(OK))["state"] == "SUCCESS"


def test_an_application_with_runs_is_not_stopped(application: Serverless) -> None:
    application.start(LONG)

    with pytest.raises(ClientError, match="running jobs"):
        application.client.stop_application(applicationId=application.id)


def test_a_run_beyond_the_capacity_of_the_application_fails(aws: Double) -> None:
    application = Serverless(aws, maximumCapacity={"cpu": "4 vCPU", "memory": "16 GB"})

    run = application.ended(application.start(OK))

    assert run["state"] == "FAILED"
    assert "exceeded maximumCapacity settings: [cpu: 4 vCPU" in run["stateDetails"]


def test_an_application_prepares_no_more_than_it_may_have(aws: Double) -> None:
    worker = {"cpu": "4vCPU", "memory": "16GB"}
    initial = {"DRIVER": {"workerCount": 2, "workerConfiguration": worker}}

    with pytest.raises(ClientError, match="initialCapacity"):
        Serverless(aws, initialCapacity=initial, maximumCapacity=worker)


def test_a_run_beyond_the_capacity_waits_where_the_application_queues(aws: Double) -> None:
    application = Serverless(
        aws, schedulerConfiguration={"maxConcurrentRuns": 1, "queueTimeoutMinutes": 60}
    )
    first = application.start(LONG)
    application.run_is(first, "RUNNING")
    second = application.start(OK)
    application.run_is(second, "QUEUED")

    application.cancel(first)

    assert application.ended(second)["state"] == "SUCCESS"


def test_a_run_that_waits_too_long_in_the_queue_fails(aws: Double) -> None:
    application = Serverless(
        aws, schedulerConfiguration={"maxConcurrentRuns": 1, "queueTimeoutMinutes": 1}
    )
    application.run_is(application.start(LONG), "RUNNING")
    aws.time(minute=0.05, pace=0)

    run = application.ended(application.start(OK))

    assert run["state"] == "FAILED"
    assert "in the queue for 1 minutes" in run["stateDetails"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": "x" * 257}, "length at most 256"),
        ({"tags": {"dagster/partition": "1|x"}}, "pattern"),
        ({"tags": {f"t{n}": "" for n in range(201)}}, "length at most 200"),
        ({"executionTimeoutMinutes": 3}, "at least 5 minutes"),
        ({"executionRoleArn": "arn:aws:iam::999999999999:role/x"}, "Cross-account"),
        ({"executionRoleArn": "seniorlink-job-role-name"}, "pattern"),
        ({"parameters": "--conf x=" + "y" * 102_400}, "length at most 102400"),
        ({"parameters": "--bogus x"}, "Unrecognized option"),
        ({"executionIamPolicy": {"policy": "{" + " " * 2050}}, "length at most 2048"),
        ({"executionIamPolicy": {"policy": "[]"}}, "not a valid policy"),
        ({"executionIamPolicy": {"policyArns": ["arn:aws:iam::aws:policy/x"] * 11}}, "at most 10"),
        (
            {
                "configurationOverrides": {
                    "applicationConfiguration": [{"classification": "spark-env"}]
                }
            },
            "not supported",
        ),
    ],
)
def test_what_the_service_does_not_take_is_refused(
    application: Serverless, wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(ClientError, match=says):
        application.start(OK, **wrong)


def test_a_role_that_does_not_exist_fails_the_run(application: Serverless) -> None:
    role = "arn:aws:iam::123456789012:role/other"

    run = application.ended(application.start(OK, executionRoleArn=role))

    assert run["state"] == "FAILED"
    assert "Could not assume the execution role" in run["stateDetails"]


def test_settings_of_the_run_win_over_its_overrides_and_those_over_the_application(
    aws: Double,
) -> None:
    defaults = {"a": "application", "b": "application", "c": "application"}
    application = Serverless(
        aws, runtimeConfiguration=[{"classification": "spark-defaults", "properties": defaults}]
    )
    overrides = {"classification": "spark-defaults", "properties": {"b": "run", "c": "run"}}
    source = "# no-spark thread\ndef run(d): d.say(' '.join(d.conf[n] for n in 'abc'))"

    run_id = application.start(
        source,
        parameters="--conf c=parameters",
        configurationOverrides={"applicationConfiguration": [overrides], **LOGS},
    )

    assert application.ended(run_id)["state"] == "SUCCESS"
    said = log(aws, f"{logs(application, run_id)}/SPARK_DRIVER/stdout.gz")
    assert said == "application run parameters\n"


def test_a_driver_sees_what_is_set_for_it_and_nothing_for_yarn(
    aws: Double, application: Serverless
) -> None:
    source = "# no-spark thread\ndef run(d): d.say(str(d.environment))"
    settings = (
        "--conf spark.emr-serverless.driverEnv.SEEN=1 --conf spark.yarn.appMasterEnv.UNSEEN=1"
    )

    run_id = application.start(source, parameters=settings, configurationOverrides=LOGS)

    application.ended(run_id)
    assert log(aws, f"{logs(application, run_id)}/SPARK_DRIVER/stdout.gz") == "{'SEEN': '1'}\n"


def test_what_a_run_has_cost_is_known_when_it_is_over(application: Serverless) -> None:
    size = "--conf spark.executor.instances=1 --driver-cores 2 --executor-cores 2"
    run_id = application.start("# no-spark sleep=0.2", parameters=size)
    during = application.run_is(run_id, "RUNNING")

    after = application.ended(run_id)

    assert "billedResourceUtilization" not in during
    assert after["billedResourceUtilization"]["vCPUHour"] == pytest.approx(4 / 60, abs=1e-6)
    assert 0 < after["totalResourceUtilization"]["vCPUHour"] < 4 / 60


def test_runs_are_listed_newest_first_by_page_state_and_time(application: Serverless) -> None:
    ids = [application.start(source) for source in (OK, BAD, OK)]
    created = [application.ended(run_id)["createdAt"] for run_id in ids]
    pages = application.client.get_paginator("list_job_runs")

    every = pages.paginate(applicationId=application.id, PaginationConfig={"PageSize": 2})
    good = pages.paginate(applicationId=application.id, states=["SUCCESS"])
    late = pages.paginate(applicationId=application.id, createdAtAfter=created[0])

    assert [[run["id"] for run in page["jobRuns"]] for page in every] == [
        [ids[2], ids[1]],
        [ids[0]],
    ]
    assert [run["id"] for page in good for run in page["jobRuns"]] == [ids[2], ids[0]]
    assert ids[2] in [run["id"] for page in late for run in page["jobRuns"]]


def test_an_application_without_runs_lists_none(application: Serverless) -> None:
    assert application.client.list_job_runs(applicationId=application.id)["jobRuns"] == []


def test_a_run_and_its_application_carry_tags_that_can_change(application: Serverless) -> None:
    run_id = application.start(OK, tags={"key": "care/notes", "attempt": "1"})
    arn = application.run(run_id)["arn"]

    application.client.tag_resource(resourceArn=arn, tags={"attempt": "2"})
    application.client.untag_resource(resourceArn=arn, tagKeys=["key"])

    tags = application.client.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == application.run(run_id)["tags"] == {"attempt": "2"}


def test_a_dashboard_has_a_secret_in_its_address(application: Serverless) -> None:
    asked = {"applicationId": application.id, "jobRunId": application.start(OK)}

    url = application.client.get_dashboard_for_job_run(**asked)["url"]

    assert "authToken=" in url


def test_another_region_does_not_know_the_application(aws: Double, application: Serverless) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        aws.client("emr-serverless", region_name="eu-west-1").get_application(
            applicationId=application.id
        )


def test_logs_also_go_to_cloudwatch(aws: Double, application: Serverless) -> None:
    watch = {"enabled": True, "logGroupName": "/jobs", "logStreamNamePrefix": "p"}
    overrides = {"monitoringConfiguration": {"cloudWatchLoggingConfiguration": watch}}
    source = "# no-spark thread\ndef run(d): d.say('hello')"

    run_id = application.start(source, configurationOverrides=overrides)

    application.ended(run_id)
    stream = f"p/applications/{application.id}/jobs/{run_id}/SPARK_DRIVER/stdout"
    found = aws.client("logs").get_log_events(logGroupName="/jobs", logStreamName=stream)
    assert [event["message"] for event in found["events"]] == ["hello"]


def test_a_driver_has_the_rights_of_its_session_policy_only(
    aws: Double, application: Serverless
) -> None:
    source = (
        "# no-spark thread\n"
        "def run(d):\n"
        "    d.write('s3://lake/mine/a', b'x')\n"
        "    d.write('s3://lake/yours/a', b'x')\n"
    )
    policy = statement(["s3:GetObject"], "entries/*", ["s3:PutObject"], "mine/*")

    run = application.ended(application.start(source, executionIamPolicy=policy))

    keys = [each["Key"] for each in aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert run["state"] == "FAILED"
    assert "AccessDeniedException: s3://lake/yours/a" in run["stateDetails"]
    assert run["executionIamPolicy"] == policy
    assert keys == ["entries/1.py", "mine/a"]


def test_logs_are_written_with_the_rights_of_the_job(aws: Double, application: Serverless) -> None:
    policy = statement(["s3:GetObject"], "entries/*", ["s3:PutObject"], "mine/*")

    run_id = application.start(OK, executionIamPolicy=policy, configurationOverrides=LOGS)

    application.ended(run_id)
    found = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="logs/")
    assert found["KeyCount"] == 0


def statement(*allowed: Any) -> dict[str, str]:
    """A session policy of pairs: actions, and the keys of the bucket that they are for."""
    pairs = zip(allowed[::2], allowed[1::2], strict=True)
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:s3:::{BUCKET}/{keys}"}
        for actions, keys in pairs
    ]
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": statements})}


def state(application: Serverless) -> str:
    found = application.client.get_application(applicationId=application.id)
    return found["application"]["state"]


def logs(application: Serverless, id: str) -> str:
    return f"logs/applications/{application.id}/jobs/{id}"


def log(aws: Double, key: str) -> str:
    body = aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return gzip.decompress(body).decode()
