"""Systems Manager: a command is a shell script that runs on this machine, per instance."""

import re
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.jobs import Job
from assets_tests.doubles.aws.later import later
from assets_tests.doubles.aws.paging import page
from assets_tests.doubles.aws.refused import Refused
from assets_tests.doubles.aws.subprocesses import run_command
from assets_tests.doubles.aws.work import Work
from assets_tests.doubles.aws.world import World

MOST_OUTPUT = 24_000
"""Characters of output that an invocation shows."""

OVER = ("Success", "Cancelled", "Failed", "TimedOut")
DETAILS = {"InProgress": "In Progress", "TimedOut": "Execution Timed Out"}


@dataclass
class Invocation:
    instance: str
    status: str = "Pending"
    code: int = -1
    job: Job | None = None
    started: datetime | None = None
    ended: datetime | None = None
    stopping: threading.Event = field(default_factory=threading.Event)


@dataclass
class Command:
    id: str
    asked: dict[str, Any]
    at: datetime
    invocations: dict[str, Invocation]
    known: bool = False
    lost: bool = False

    @property
    def status(self) -> str:
        statuses = {invocation.status for invocation in self.invocations.values()}
        for status in ("InProgress", "Pending", "Cancelling", "Failed", "TimedOut", "Cancelled"):
            if status in statuses:
                return status
        return "Success"


class Ssm:
    """Commands; every running instance of moto's EC2 is managed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.RLock()
        self._commands: dict[tuple[str, str], Command] = {}

    def describe_instance_information(self, call: Call) -> dict[str, Any]:
        wanted = [
            value
            for each in call.parameters.get("Filters", [])
            if each["Key"] == "InstanceIds"
            for value in each["Values"]
        ]
        found = [
            {"InstanceId": instance_id, "PingStatus": "Online", "PlatformType": "Linux"}
            for instance_id in self._managed(call.region)
            if not wanted or instance_id in wanted
        ]
        shown, token = page(found, _lower(call), 50)
        return {"InstanceInformationList": shown, **_upper(token)}

    def send_command(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        if asked["DocumentName"] != "AWS-RunShellScript":
            raise Refused("InvalidDocument", f"{asked['DocumentName']} is not known.")
        if not asked.get("Parameters", {}).get("commands"):
            raise Refused("InvalidParameters", "The parameter commands must be given.")
        instances = asked.get("InstanceIds", [])
        managed = self._managed(call.region)
        if not instances or any(instance_id not in managed for instance_id in instances):
            raise Refused("InvalidInstanceId", f"Instances {instances} not in a valid state")
        command = Command(
            str(uuid.uuid4()),
            asked,
            datetime.now(UTC),
            {instance_id: Invocation(instance_id) for instance_id in instances},
        )
        with self._lock:
            self._commands[call.region, command.id] = command
        name = asked.get("Comment", "")
        if (lost := self._world.faults.for_job("lose", "ssm", name)) is not None:
            later(lost.seconds, self._lose, command)
        for invocation in command.invocations.values():
            threading.Thread(
                target=self._live, args=(command, invocation, call), daemon=True
            ).start()
        return {"Command": self._shown(command)}

    def get_command_invocation(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        command = self._known(call.region, asked["CommandId"])
        invocation = command.invocations.get(asked["InstanceId"])
        if invocation is None or not command.known:
            raise Refused("InvocationDoesNotExist", "")
        with self._lock:
            job = invocation.job
            return {
                "CommandId": command.id,
                "InstanceId": invocation.instance,
                "Comment": command.asked.get("Comment", ""),
                "DocumentName": command.asked["DocumentName"],
                "PluginName": "aws:runShellScript",
                "ResponseCode": invocation.code,
                "ExecutionStartDateTime": invocation.started.isoformat()
                if invocation.started
                else "",
                "ExecutionEndDateTime": invocation.ended.isoformat() if invocation.ended else "",
                "Status": invocation.status,
                "StatusDetails": DETAILS.get(invocation.status, invocation.status),
                "StandardOutputContent": job.output("stdout")[:MOST_OUTPUT] if job else "",
                "StandardErrorContent": job.output("stderr")[:MOST_OUTPUT] if job else "",
            }

    def list_commands(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        filters = {each["key"]: each["value"] for each in asked.get("Filters", [])}
        with self._lock:
            found = [
                self._shown(command)
                for (region, command_id), command in reversed(self._commands.items())
                if region == call.region
                and not command.lost
                and asked.get("CommandId") in (None, command_id)
                and (asked.get("InstanceId") in (None, *command.invocations))
                and filters.get("Status") in (None, command.status)
                and _is_after(command.at, filters.get("InvokedAfter"))
            ]
        shown, token = page(found, _lower(call), 50)
        return {"Commands": shown, **_upper(token)}

    def cancel_command(self, call: Call) -> None:
        asked = call.parameters
        command = self._known(call.region, asked["CommandId"])
        with self._lock:
            for invocation in command.invocations.values():
                if asked.get("InstanceIds") and invocation.instance not in asked["InstanceIds"]:
                    continue
                if invocation.status in OVER:
                    continue
                invocation.status = "Cancelling"
                invocation.stopping.set()
                if invocation.job is not None:
                    invocation.job.stop("cancelled")

    def _live(self, command: Command, invocation: Invocation, call: Call) -> None:
        invocation.stopping.wait(self._world.pace)
        command.known = True
        invocation.stopping.wait(self._world.pace)
        script = "\n".join(command.asked["Parameters"]["commands"])
        variables = self._world.variables(call)
        work = Work(command.asked.get("Comment", ""), "AWS-RunShellScript")
        job = self._world.job(
            "ssm",
            f"{command.id}-{invocation.instance}",
            work,
            lambda job: run_command(job, ["/bin/sh", "-c", script], variables),
        )
        with self._lock:
            invocation.job, invocation.started = job, datetime.now(UTC)
            if command.lost:
                job.stop("lost", 137)
            if invocation.stopping.is_set():
                job.stop("cancelled")
            else:
                invocation.status = "InProgress"
        seconds = int(command.asked["Parameters"].get("executionTimeout", ["3600"])[0])
        timer = later(seconds * self._world.minute / 60, job.stop, "timed out", 137)
        ended = job.run()
        timer.cancel()
        self._keep_output(command, invocation, job)
        statuses = {"cancelled": "Cancelled", "timed out": "TimedOut"}
        with self._lock:
            invocation.ended, invocation.code = datetime.now(UTC), ended.code
            invocation.status = statuses.get(
                ended.stopped, "Success" if ended.code == 0 else "Failed"
            )

    def _lose(self, command: Command) -> None:
        with self._lock:
            command.lost = True
        for invocation in command.invocations.values():
            if invocation.job is not None:
                invocation.job.stop("lost", 137)

    def _keep_output(self, command: Command, invocation: Invocation, job: Job) -> None:
        bucket = command.asked.get("OutputS3BucketName")
        if not bucket or bucket not in job.s3.buckets():
            return
        prefix = command.asked.get("OutputS3KeyPrefix", "")
        folder = f"{prefix}/{command.id}/{invocation.instance}/awsrunShellScript"
        for name in ("stdout", "stderr"):
            key = f"{folder}/0.awsrunShellScript/{name}".lstrip("/")
            job.s3.put(bucket, key, job.output(name).encode())

    def _managed(self, region: str) -> list[str]:
        backend = ec2_backends[DEFAULT_ACCOUNT_ID][region]
        return [each.id for each in backend.all_instances() if each.state == "running"]

    def _known(self, region: str, id: str) -> Command:
        with self._lock:
            command = self._commands.get((region, id))
        if command is None or command.lost:
            raise Refused("InvocationDoesNotExist", "")
        return command

    def _shown(self, command: Command) -> dict[str, Any]:
        kept = ("DocumentName", "Comment", "Parameters", "InstanceIds")
        return {
            **{name: command.asked[name] for name in kept if name in command.asked},
            "CommandId": command.id,
            "RequestedDateTime": command.at,
            "Status": command.status,
            "StatusDetails": DETAILS.get(command.status, command.status),
            "TargetCount": len(command.invocations),
        }


def _is_after(at: datetime, text: str | None) -> bool:
    if text is None:
        return True
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text):
        raise Refused("InvalidFilterKey", "InvokedAfter must look like 2021-07-07T00:00:00Z")
    return at > datetime.fromisoformat(text)


def _lower(call: Call) -> dict[str, Any]:
    return {
        "maxResults": call.parameters.get("MaxResults"),
        "nextToken": call.parameters.get("NextToken"),
    }


def _upper(token: dict[str, str]) -> dict[str, str]:
    return {"NextToken": token["nextToken"]} if token else {}
