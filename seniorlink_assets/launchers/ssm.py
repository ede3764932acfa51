"""Satellites as commands that Systems Manager runs on an instance of EC2."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dagster as dg

from seniorlink_assets.launchers.aws import AwsError, asking
from seniorlink_assets.launchers.aws_service import CLOCKS_DIFFER
from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.satellites import BOOTSTRAP, Satellites, handle_of
from seniorlink_assets.launchers.service import Command, Phase, ServiceState
from seniorlink_assets.sentence import SentenceError

_PHASES: Mapping[str, Phase] = {
    "Pending": "waiting",
    "Delayed": "waiting",
    "InProgress": "running",
    "Cancelling": "ending",
    "Cancelled": "cancelled",
}

_LONGEST_COMMENT = 100
_LONGEST_MINUTES = 2880


class SsmError(SentenceError):
    """An instance that no satellite can run on."""


@dataclass
class Ssm(Satellites):
    """The instance with this id, which has Python as `python3`, boto3 and DuckDB."""

    instance: str = field(kw_only=True)
    name = "ec2"
    noun = "instance"

    @property
    def place(self) -> str:
        return self.instance

    def check(self) -> None:
        with asking(f"look at the instance {self.instance}"):
            found = self._client.describe_instance_information(
                Filters=[{"Key": "InstanceIds", "Values": [self.instance]}]
            )["InstanceInformationList"]
        status = found[0]["PingStatus"] if found else "unknown to Systems Manager"
        if status != "Online":
            raise SsmError(
                f"The instance {self.instance} is {status}; start it and its SSM agent, or set "
                "SENIORLINK_EC2_INSTANCE to another"
            )

    def start(self, command: Command) -> str:
        script = BOOTSTRAP.read_text(encoding="utf-8")
        line = shlex.join(["python3", "-c", script, command.arguments[0], command.code])
        minutes = command.minutes or _LONGEST_MINUTES
        with asking(f"start {command.name} on the instance {self.instance}"):
            answered = self._client.send_command(
                InstanceIds=[self.instance],
                DocumentName="AWS-RunShellScript",
                Comment=_comment(command.name),
                Parameters={
                    "commands": [line],
                    "executionTimeout": [str(60 * min(minutes, _LONGEST_MINUTES))],
                },
            )
        return answered["Command"]["CommandId"]

    def seen(self, handle: Handle) -> ServiceState | None:
        try:
            with asking(f"read the command {handle['id']}"):
                found = self._client.get_command_invocation(
                    CommandId=handle["id"], InstanceId=self.instance
                )
        except AwsError as error:
            if error.trouble in ("missing", "wrong"):  # not yet known, or known no more
                return None
            raise
        word = found["Status"]
        details = f"{found.get('StatusDetails', '')}; exit code {found.get('ResponseCode', -1)}"
        if word == "TimedOut":
            details = f"timed out after its execution timeout; {details}"
        return ServiceState(_PHASES.get(word, "failed"), word, details)

    def at_work(self) -> Mapping[str, ServiceState]:
        found = self._listed("Status", "InProgress")
        return {command["CommandId"]: ServiceState("running", "InProgress") for command in found}

    def find(self, name: str, since: datetime) -> Handle | None:
        after = (since - CLOCKS_DIFFER).strftime("%Y-%m-%dT%H:%M:%SZ")
        for command in self._listed("InvokedAfter", after):
            if command.get("Comment") == _comment(name):
                return handle_of(name, command["CommandId"], since.timestamp())
        return super().find(name, since)

    def stop(self, handle: Handle) -> None:
        super().stop(handle)
        with asking(f"cancel the command {handle['id']}"):
            self._client.cancel_command(CommandId=handle["id"], InstanceIds=[self.instance])

    def log(self, handle: Handle, bytes: int) -> bytes | None:
        with asking(f"read the command {handle['id']}"):
            found = self._client.get_command_invocation(
                CommandId=handle["id"], InstanceId=self.instance
            )
        return found.get("StandardErrorContent", "").encode()[-bytes:] or None

    def cost(self, handle: Handle, conf: Mapping[str, str]) -> Mapping[str, dg.MetadataValue]:
        note = "none of its own: the instance is billed, whatever runs on it"
        return {"cost": dg.MetadataValue.text(note)}

    @property
    def _client(self) -> Any:
        return self.aws.client("ssm")

    def _listed(self, key: str, value: str) -> list[Mapping[str, Any]]:
        with asking(f"list the commands of the instance {self.instance}"):
            pages = self._client.get_paginator("list_commands")
            found = pages.paginate(InstanceId=self.instance, Filters=[{"key": key, "value": value}])
            return [command for page in found for command in page["Commands"]]


def _comment(name: str) -> str:
    """What a command is called by: its end is nobody else's."""
    return name[-_LONGEST_COMMENT:]
