"""Satellites as tasks of ECS, each started once by the token of its attempt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import dagster as dg

from seniorlink_assets.launchers import cost
from seniorlink_assets.launchers.aws import AwsError, asking
from seniorlink_assets.launchers.aws_service import as_tag
from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.satellite_cost import of_task, task_architecture
from seniorlink_assets.launchers.satellites import BOOTSTRAP, Satellites, handle_of
from seniorlink_assets.launchers.service import Command, Phase, ServiceState
from seniorlink_assets.sentence import SentenceError

_PHASES: Mapping[str, Phase] = {
    "PROVISIONING": "waiting",
    "PENDING": "waiting",
    "ACTIVATING": "waiting",
    "RUNNING": "running",
    "DEACTIVATING": "ending",
    "STOPPING": "ending",
    "DEPROVISIONING": "ending",
}

_AT_ONCE = 100


class EcsError(SentenceError):
    """A cluster or a task definition that no satellite can run with."""


@dataclass
class Ecs(Satellites):
    """A cluster, and a task definition whose first container has Python, boto3 and DuckDB.

    `subnets` and `groups` are where a task of Fargate has its network.
    """

    cluster: str = field(kw_only=True)
    task: str = field(kw_only=True)
    subnets: Sequence[str] = ()
    groups: Sequence[str] = ()
    name = "ecs"
    noun = "task"
    listed_at_once = _AT_ONCE

    @property
    def place(self) -> str:
        return self.cluster

    def check(self) -> None:
        with asking(f"look at the ECS cluster {self.cluster}"):
            found = self._client.describe_clusters(clusters=[self.cluster])["clusters"]
        if not found or found[0]["status"] != "ACTIVE":
            raise EcsError(
                f"There is no active ECS cluster {self.cluster}; set SENIORLINK_ECS_CLUSTER to one"
            )
        if self._definition.get("status", "ACTIVE") != "ACTIVE":
            raise EcsError(
                f"The task definition {self.task} is not active; set SENIORLINK_ECS_TASK to one"
            )

    def start(self, command: Command) -> str:
        container = self._definition["containerDefinitions"][0]["name"]
        script = ["python", "-c", BOOTSTRAP.read_text(encoding="utf-8")]
        network = {"subnets": [*self.subnets], "securityGroups": [*self.groups]}
        with asking(f"start {command.name} on ECS"):
            answered = self._client.run_task(
                cluster=self.cluster,
                taskDefinition=self.task,
                clientToken=command.token,
                startedBy=_attempt(command.name),
                overrides={
                    "containerOverrides": [
                        {
                            "name": container,
                            "command": [*script, command.arguments[0], command.code],
                        }
                    ]
                },
                tags=[{"key": key, "value": as_tag(value)} for key, value in command.tags.items()],
                **(
                    {
                        "launchType": "FARGATE",
                        "networkConfiguration": {"awsvpcConfiguration": network},
                    }
                    if self.subnets
                    else {}
                ),
            )
        if not answered["tasks"]:
            reasons = {failure.get("reason", "") for failure in answered.get("failures", [])}
            raise _refused(self.cluster, ", ".join(sorted(reasons)))
        return answered["tasks"][0]["taskArn"]

    def seen(self, handle: Handle) -> ServiceState | None:
        task = self._task(handle)
        return None if task is None else _state(task)

    def at_work(self) -> Mapping[str, ServiceState]:
        found = [*self._listed(desiredStatus="RUNNING")]
        tasks = [
            task
            for start in range(0, len(found), _AT_ONCE)
            for task in self._described(found[start : start + _AT_ONCE])
        ]
        # What has stopped is asked for by its papers, which say how.
        return {task["taskArn"]: _state(task) for task in tasks if task["lastStatus"] != "STOPPED"}

    def find(self, name: str, since: datetime) -> Handle | None:
        attempt = _attempt(name)
        for status in ("RUNNING", "STOPPED"):
            for arn in self._listed(startedBy=attempt, desiredStatus=status):
                return handle_of(name, arn, since.timestamp())
        return super().find(name, since)

    def stop(self, handle: Handle) -> None:
        super().stop(handle)
        task = self._task(handle)
        if task is not None and task["lastStatus"] != "STOPPED":
            with asking(f"stop the task {handle['id']}"):
                self._client.stop_task(
                    cluster=self.cluster, task=task["taskArn"], reason="Nobody wants it any more"
                )

    def log(self, handle: Handle, bytes: int) -> bytes | None:
        container = self._definition["containerDefinitions"][0]
        options = container.get("logConfiguration", {}).get("options", {})
        group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
        if not group or not prefix:
            return None
        return self.logged(group, f"{prefix}/{container['name']}/{_id(handle)}", bytes)

    def links(self, handle: Handle) -> Mapping[str, str]:
        region = self._client.meta.region_name
        page = f"https://{region}.console.aws.amazon.com/ecs/v2/clusters/{self.cluster}/tasks"
        return {"page": f"{page}/{_id(handle)}?region={region}"}

    def cost(self, handle: Handle, conf: Mapping[str, str]) -> Mapping[str, dg.MetadataValue]:
        task = self._task(handle) or {}
        architecture, region = task_architecture(task), self._client.meta.region_name
        charged = cost.rates(region, architecture, "fargate") if architecture else None
        return cost.cost(of_task(task, datetime.now(UTC)), charged)

    @property
    def _client(self) -> Any:
        return self.aws.client("ecs")

    @cached_property
    def _definition(self) -> Mapping[str, Any]:
        with asking(f"look at the task definition {self.task}"):
            found = self._client.describe_task_definition(taskDefinition=self.task)
        return found["taskDefinition"]

    def _task(self, handle: Handle) -> Mapping[str, Any] | None:
        if not handle["id"].startswith("arn:"):
            return None
        found = [*self._described([handle["id"]])]
        return found[0] if found else None

    def _described(self, arns: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        with asking(f"read tasks of the ECS cluster {self.cluster}"):
            return self._client.describe_tasks(cluster=self.cluster, tasks=[*arns])["tasks"]

    def _listed(self, **which: str) -> Iterator[str]:
        with asking(f"list tasks of the ECS cluster {self.cluster}"):
            pages = self._client.get_paginator("list_tasks")
            for page in pages.paginate(cluster=self.cluster, **which):
                yield from page["taskArns"]


def _attempt(name: str) -> str:
    return name.rpartition("#")[2]


def _id(handle: Handle) -> str:
    return handle["id"].rpartition("/")[2]


def _refused(cluster: str, reason: str) -> AwsError:
    is_full = "RESOURCE" in reason or "apacity" in reason
    return AwsError(
        f"ECS started no task in {cluster} ({reason or 'it did not say why'})",
        "busy" if is_full else "wrong",
    )


def _state(task: Mapping[str, Any]) -> ServiceState:
    word = task["lastStatus"]
    if word != "STOPPED":
        return ServiceState(_PHASES.get(word, "running"), word)
    container = (task.get("containers") or [{}])[0]
    reasons = (task.get("stopCode"), task.get("stoppedReason"), container.get("reason"))
    code = container.get("exitCode")
    details = "; ".join(reason for reason in reasons if reason)
    if code is not None:
        details += f"; exit code {code}"
    return ServiceState("failed", word, details)
