"""ECS, Lambda and Systems Manager as the double plays them."""

import base64
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.running import BUCKET, ROLE, Double

WRITES = "import boto3; boto3.client('s3').put_object(Bucket='lake', Key='out', Body=b'x')"
ISOLATED = """
from importlib.util import find_spec
print([name for name in ("seniorlink_assets", "spark") if find_spec(name)])
"""


@pytest.fixture
def ecs(aws: Double) -> Any:
    client = aws.client("ecs")
    client.create_cluster(clusterName="satellites")
    client.register_task_definition(
        family="note_sentiment",
        containerDefinitions=[
            {
                "name": "main",
                "image": "satellite",
                "memory": 512,
                "environment": [{"name": "MOOD", "value": "calm"}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {"awslogs-group": "/ecs", "awslogs-stream-prefix": "s"},
                },
            }
        ],
    )
    return client


def run(ecs: Any, *command: str, **settings: Any) -> str:
    overrides = {"containerOverrides": [{"name": "main", "command": list(command)}]}
    asked = {"taskDefinition": "note_sentiment", "overrides": overrides, **settings}
    return ecs.run_task(cluster="satellites", **asked)["tasks"][0]["taskArn"]


def task_is(ecs: Any, arn: str, status: str) -> dict[str, Any]:
    return until(
        lambda: ecs.describe_tasks(cluster="satellites", tasks=[arn])["tasks"][0],
        lambda task: task["lastStatus"] == status,
    )


def test_a_task_runs_a_command_with_the_environment_of_its_container(aws: Double, ecs: Any) -> None:
    arn = run(ecs, "python", "-c", f"import os; {WRITES}; print(os.environ['MOOD'])")

    task = task_is(ecs, arn, "STOPPED")

    logs = aws.client("logs")
    stream = f"s/main/{arn.rpartition('/')[2]}"
    events = logs.get_log_events(logGroupName="/ecs", logStreamName=stream)["events"]
    assert task["containers"][0]["exitCode"] == 0
    assert task["stopCode"] == "EssentialContainerExited"
    assert [event["message"] for event in events] == ["calm"]
    assert aws.client("s3").head_object(Bucket=BUCKET, Key="out")


def test_a_task_does_not_see_the_checkout(aws: Double, ecs: Any) -> None:
    task_is(ecs, run(ecs, "python", "-c", ISOLATED), "STOPPED")

    (job,) = aws.jobs
    assert output(job) == "[]\n"


def test_a_task_that_is_stopped_says_so_and_takes_its_children_along(aws: Double, ecs: Any) -> None:
    arn = run(ecs, "sh", "-c", "setsid sleep 60 & wait")
    until(lambda: aws.jobs, lambda jobs: jobs and jobs[0]["pid"])

    ecs.stop_task(cluster="satellites", task=arn, reason="nobody wants it")

    task = task_is(ecs, arn, "STOPPED")
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "nobody wants it")
    assert ecs.list_tasks(cluster="satellites")["taskArns"] == []
    assert ecs.list_tasks(cluster="satellites", desiredStatus="STOPPED")["taskArns"] == [arn]


def test_a_repeated_token_runs_one_task(ecs: Any) -> None:
    first = run(ecs, "true", clientToken="t", startedBy="7")

    second = run(ecs, "true", clientToken="t", startedBy="7")

    assert first == second
    with pytest.raises(ClientError, match="ConflictException"):
        run(ecs, "false", clientToken="t", startedBy="7")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"cluster": "other"}, "ClusterNotFoundException"),
        ({"taskDefinition": "other"}, "Unable to find task definition"),
        ({"startedBy": "care/notes#1"}, "startedBy"),
        (
            {"overrides": {"containerOverrides": [{"name": "main", "command": ["x" * 8192]}]}},
            "at most 8192",
        ),
    ],
)
def test_what_ecs_does_not_take_is_refused(ecs: Any, wrong: dict[str, Any], says: str) -> None:
    asked = {"cluster": "satellites", "taskDefinition": "note_sentiment", **wrong}

    with pytest.raises(ClientError, match=says):
        ecs.run_task(**asked)


def test_ecs_without_capacity_starts_no_task_and_does_not_throw(aws: Double, ecs: Any) -> None:
    aws.faults.order("capacity", service="ecs")

    answer = ecs.run_task(cluster="satellites", taskDefinition="note_sentiment")

    assert answer["tasks"] == []
    assert "Capacity is unavailable" in answer["failures"][0]["reason"]


@pytest.fixture
def function(aws: Double) -> Callable[..., Any]:
    """`function(source, **settings)` makes the function `zip_codes`, whose handler is `f.run`."""

    def make(source: str, **settings: Any) -> Any:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("f.py", source)
        client = aws.client("lambda")
        client.create_function(
            FunctionName="zip_codes",
            Runtime="python3.11",
            Role=ROLE,
            Handler="f.run",
            Code={"ZipFile": packed.getvalue()},
            **settings,
        )
        return client

    return make


def test_a_function_returns_what_its_handler_does(function: Callable[..., Any]) -> None:
    client = function("def run(event, context):\n print('hello')\n return event['n'] + 1")

    answer = client.invoke(FunctionName="zip_codes", Payload=b'{"n": 1}', LogType="Tail")

    assert json.loads(answer["Payload"].read()) == 2
    assert "FunctionError" not in answer
    assert "hello" in base64.b64decode(answer["LogResult"]).decode()


def test_what_a_handler_throws_is_an_answer_and_not_an_error(
    function: Callable[..., Any],
) -> None:
    client = function("def run(event, context): raise ValueError('boom')")

    answer = client.invoke(FunctionName="zip_codes")

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read())["errorType"] == "ValueError"


def test_a_function_is_ended_at_its_timeout(aws: Double, function: Callable[..., Any]) -> None:
    client = function("import time\ndef run(event, context): time.sleep(60)", Timeout=1)

    answer = client.invoke(FunctionName="zip_codes")

    assert "Task timed out after 1.00 seconds" in answer["Payload"].read().decode()
    assert [job["over"] for job in aws.jobs] == [True]


def test_an_event_that_fails_is_tried_three_times(
    aws: Double, function: Callable[..., Any]
) -> None:
    client = function("def run(event, context): raise ValueError")

    answer = client.invoke(FunctionName="zip_codes", InvocationType="Event")

    assert answer["StatusCode"] == 202
    until(lambda: aws.jobs, lambda jobs: len(jobs) == 3 and all(job["over"] for job in jobs))


def test_an_event_that_is_too_large_is_refused(function: Callable[..., Any]) -> None:
    client = function("def run(event, context): pass")

    with pytest.raises(ClientError, match="RequestTooLargeException"):
        client.invoke(
            FunctionName="zip_codes", InvocationType="Event", Payload=b'"%s"' % (b"x" * 300_000)
        )


@pytest.fixture
def instance(aws: Double) -> str:
    ec2 = aws.client("ec2")
    (image, *_) = ec2.describe_images()["Images"]
    asked = {"ImageId": image["ImageId"], "MinCount": 1, "MaxCount": 1}
    return ec2.run_instances(**asked)["Instances"][0]["InstanceId"]


def send(ssm: Any, instance: str, *lines: str, **parameters: list[str]) -> str:
    return ssm.send_command(
        InstanceIds=[instance],
        DocumentName="AWS-RunShellScript",
        Comment="care/notes#1",
        Parameters={"commands": list(lines), **parameters},
    )["Command"]["CommandId"]


def command_is(ssm: Any, instance: str, id: str, status: str) -> dict[str, Any]:
    return until(lambda: invocation(ssm, instance, id), lambda found: found["Status"] == status)


def invocation(ssm: Any, instance: str, id: str) -> dict[str, Any]:
    try:
        return ssm.get_command_invocation(CommandId=id, InstanceId=instance)
    except ssm.exceptions.InvocationDoesNotExist:
        return {"Status": "unknown"}


@pytest.mark.parametrize(("line", "status"), [("exit 0", "Success"), ("exit 3", "Failed")])
def test_a_command_ends_as_its_script_does(
    aws: Double, instance: str, line: str, status: str
) -> None:
    ssm = aws.client("ssm")

    command_id = send(ssm, instance, "python3 -c 'import boto3, duckdb; print(1)'", line)

    found = command_is(ssm, instance, command_id, status)
    assert found["ResponseCode"] == int(line[-1])
    assert found["StandardOutputContent"] == "1\n"


def test_a_command_is_cancelled(aws: Double, instance: str) -> None:
    ssm = aws.client("ssm")
    command_id = send(ssm, instance, "sleep 60")
    command_is(ssm, instance, command_id, "InProgress")

    ssm.cancel_command(CommandId=command_id)

    command_is(ssm, instance, command_id, "Cancelled")


def test_a_command_is_ended_at_its_timeout(aws: Double, instance: str) -> None:
    ssm = aws.client("ssm")

    command_id = send(ssm, instance, "sleep 60", executionTimeout=["1"])

    assert (
        command_is(ssm, instance, command_id, "TimedOut")["StatusDetails"] == "Execution Timed Out"
    )


def test_an_instance_that_is_not_managed_is_refused(aws: Double, instance: str) -> None:
    ssm = aws.client("ssm")
    known = ssm.describe_instance_information()["InstanceInformationList"]

    with pytest.raises(ClientError, match="InvalidInstanceId"):
        send(ssm, "i-00000000000000000", "true")
    assert [each["InstanceId"] for each in known] == [instance]


def output(job: Any) -> str:
    with open(f"{job['folder']}/stdout") as said:  # noqa: PTH123
        return said.read()
