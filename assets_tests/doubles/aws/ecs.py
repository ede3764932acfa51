"""ECS: a task is the command of its first container, as a process of this machine."""

import json
import re
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ecs.exceptions import TaskDefinitionNotFoundException
from moto.ecs.models import ecs_backends

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.jobs import Job
from assets_tests.doubles.aws.later import later
from assets_tests.doubles.aws.logs import put_events
from assets_tests.doubles.aws.paging import page
from assets_tests.doubles.aws.refused import Refused
from assets_tests.doubles.aws.subprocesses import run_command
from assets_tests.doubles.aws.work import Work
from assets_tests.doubles.aws.world import World

MOST_OVERRIDES = 8192
"""Characters of the container overrides of a task."""

CAPACITY = (
    "Capacity is unavailable at this time. Please try again later or in a different availability "
    "zone"
)


@dataclass
class Task:
    arn: str
    cluster: str
    definition: Any
    asked: dict[str, Any]
    created: datetime
    status: str = "PROVISIONING"
    desired: str = "RUNNING"
    stop_code: str | None = None
    stopped_reason: str | None = None
    reason: str | None = None
    exit_code: int | None = None
    pulled: datetime | None = None
    started: datetime | None = None
    executed: datetime | None = None
    stopped: datetime | None = None
    job: Job | None = None
    lost: bool = False
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def container(self) -> dict[str, Any]:
        return self.definition.container_definitions[0]


class Ecs:
    """Tasks; clusters and task definitions are moto's."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.RLock()
        self._tasks: dict[str, Task] = {}
        self._by_token: dict[tuple[str, str], tuple[str, list[Task]]] = {}

    def run_task(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        cluster = self._cluster(call)
        definition = self._definition(call, asked["taskDefinition"])
        self._check(asked, definition)
        token, text = asked["clientToken"], json.dumps(asked, sort_keys=True, default=str)
        with self._lock:
            known = self._by_token.get((cluster, token))
            if known is None:
                if self._world.faults.for_job("capacity", "ecs", definition.family) is not None:
                    return {"tasks": [], "failures": [{"reason": CAPACITY}]}
                count = asked.get("count", 1)
                known = text, [self._start(call, cluster, definition) for _ in range(count)]
                self._by_token[cluster, token] = known
            if known[0] != text:
                raise Refused(
                    "ConflictException",
                    "The client token was used before with other parameters.",
                )
            return {"tasks": [self._shown(task) for task in known[1]], "failures": []}

    def describe_tasks(self, call: Call) -> dict[str, Any]:
        cluster, asked = self._cluster(call), call.parameters["tasks"]
        if len(asked) > 100:
            raise _wrong("Tasks cannot be empty or more than 100.")
        found, failures = [], []
        with self._lock:
            for name in asked:
                task = self._known(cluster, name)
                if task is None:
                    failures.append({"arn": name, "reason": "MISSING"})
                else:
                    found.append(self._shown(task))
        return {"tasks": found, "failures": failures}

    def list_tasks(self, call: Call) -> dict[str, Any]:
        cluster, asked = self._cluster(call), call.parameters
        desired = asked.get("desiredStatus", "RUNNING")
        with self._lock:
            found = [
                task.arn
                for task in self._tasks.values()
                if task.cluster == cluster
                and not task.lost
                and task.desired == desired
                and asked.get("startedBy") in (None, task.asked.get("startedBy"))
                and asked.get("family") in (None, task.definition.family)
            ]
        shown, token = page(found, asked, 100)
        return {"taskArns": shown, **token}

    def stop_task(self, call: Call) -> dict[str, Any]:
        cluster, asked = self._cluster(call), call.parameters
        with self._lock:
            task = self._known(cluster, asked["task"])
            if task is None:
                raise _wrong("The referenced task was not found.")
            if task.desired == "RUNNING":
                task.desired, task.stop_code = "STOPPED", "UserInitiated"
                task.stopped_reason = asked.get("reason", "Task stopped by user")
                task.stopping.set()
                if task.job is not None:
                    task.job.stop("cancelled")
            return {"task": self._shown(task)}

    def _start(self, call: Call, cluster: str, definition: Any) -> Task:
        name = f"{cluster}/{secrets.token_hex(16)}"
        arn = f"arn:aws:ecs:{call.region}:{DEFAULT_ACCOUNT_ID}:task/{name}"
        task = Task(arn, cluster, definition, call.parameters, datetime.now(UTC))
        self._tasks[arn] = task
        threading.Thread(target=self._live, args=(task, call), daemon=True).start()
        return task

    def _live(self, task: Task, call: Call) -> None:
        for status in ("PROVISIONING", "PENDING"):
            task.status = status
            if status == "PENDING":
                task.pulled = datetime.now(UTC)
            task.stopping.wait(self._world.pace)
        override, environment = self._told(task)
        command = [*task.container.get("entryPoint", []), *override]
        variables = {**self._world.variables(call), **environment}
        work = Work(task.definition.family, task.container["image"], override)
        job = self._world.job(
            "ecs", task.id, work, lambda job: run_command(job, command, variables)
        )
        job.grace = 10.0
        if (lost := self._world.faults.for_job("lose", "ecs", task.definition.family)) is not None:
            later(lost.seconds, self._lose, task)
        with self._lock:
            task.job, task.status, task.started = job, "RUNNING", datetime.now(UTC)
            if task.stopping.is_set():
                job.stop("cancelled")
            if task.lost:
                job.stop("lost", 137)
        ended = job.run()
        self._log(task, job, call.region)
        with self._lock:
            task.status, task.executed = "DEPROVISIONING", datetime.now(UTC)
            task.exit_code = ended.code
            if ended.stopped == "killed" and ended.code == 137:
                task.reason = "OutOfMemoryError: Container killed due to memory usage"
            if task.stop_code is None:
                task.desired, task.stop_code = "STOPPED", "EssentialContainerExited"
                task.stopped_reason = "Essential container in task exited"
        task.stopping.wait(self._world.pace)
        task.status, task.stopped = "STOPPED", datetime.now(UTC)

    def _lose(self, task: Task) -> None:
        with self._lock:
            task.lost = True
            if task.job is not None:
                task.job.stop("lost", 137)

    def _told(self, task: Task) -> tuple[list[str], dict[str, str]]:
        overrides = task.asked.get("overrides", {}).get("containerOverrides", [])
        override = next(
            (each for each in overrides if each.get("name") == task.container["name"]), {}
        )
        named = [*task.container["environment"], *override.get("environment", [])]
        command = override.get("command") or task.container.get("command", [])
        return command, {each["name"]: each["value"] for each in named}

    def _log(self, task: Task, job: Job, region: str) -> None:
        logging = task.container.get("logConfiguration", {})
        if logging.get("logDriver") != "awslogs":
            return
        options = logging["options"]
        stream = f"{options['awslogs-stream-prefix']}/{task.container['name']}/{task.id}"
        for name in ("stdout", "stderr"):
            put_events(region, options["awslogs-group"], stream, job.output(name))

    def _check(self, asked: dict[str, Any], definition: Any) -> None:
        overrides = asked.get("overrides", {}).get("containerOverrides", [])
        if len(json.dumps(overrides)) > MOST_OVERRIDES:
            raise _wrong(f"Container Overrides length must be at most {MOST_OVERRIDES}")
        names = {container["name"] for container in definition.container_definitions}
        for override in overrides:
            if override.get("name") not in names:
                raise _wrong("Override for container named in it is not in the task definition.")
        if not re.fullmatch(r"[A-Za-z0-9/_-]{0,128}", asked.get("startedBy", "")):
            raise _wrong("startedBy has characters that it must not have, or is too long.")
        if not 1 <= asked.get("count", 1) <= 10:
            raise _wrong("Count must be between 1 and 10.")
        if definition.network_mode == "awsvpc" and not asked.get("networkConfiguration"):
            raise _wrong(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified."
            )
        if len(asked.get("clientToken", "")) > 64:
            raise _wrong("clientToken must be at most 64 characters.")

    def _cluster(self, call: Call) -> str:
        name = call.parameters.get("cluster", "default").rpartition("/")[2]
        if name not in ecs_backends[DEFAULT_ACCOUNT_ID][call.region].clusters:
            raise Refused("ClusterNotFoundException", "Cluster not found.")
        return name

    def _definition(self, call: Call, name: str) -> Any:
        try:
            backend = ecs_backends[DEFAULT_ACCOUNT_ID][call.region]
            definition = backend.describe_task_definition(name)
        except (TaskDefinitionNotFoundException, KeyError, ValueError) as error:
            raise Refused("ClientException", "Unable to find task definition.") from error
        if definition.status != "ACTIVE":
            raise Refused("ClientException", "TaskDefinition is inactive")
        return definition

    def _known(self, cluster: str, name: str) -> Task | None:
        for task in self._tasks.values():
            if task.cluster == cluster and not task.lost and name in (task.arn, task.id):
                return task
        return None

    def _shown(self, task: Task) -> dict[str, Any]:
        kept = ("startedBy", "overrides", "group", "tags")
        return {
            "launchType": task.asked.get("launchType", "EC2"),
            "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
            **{name: task.asked[name] for name in kept if name in task.asked},
            "taskArn": task.arn,
            "clusterArn": task.arn.rpartition("/")[0].replace(":task/", ":cluster/"),
            "taskDefinitionArn": task.definition.arn,
            "lastStatus": task.status,
            "desiredStatus": task.desired,
            "createdAt": task.created,
            "pullStartedAt": task.pulled,
            "startedAt": task.started,
            "executionStoppedAt": task.executed,
            "stoppedAt": task.stopped,
            "stopCode": task.stop_code,
            "stoppedReason": task.stopped_reason,
            "cpu": task.definition.cpu,
            "memory": task.definition.memory,
            "containers": [
                {
                    "name": task.container["name"],
                    "image": task.container["image"],
                    "taskArn": task.arn,
                    "runtimeId": f"{task.id}-{task.container['name']}",
                    "lastStatus": task.status,
                    "exitCode": task.exit_code,
                    "reason": task.reason,
                }
            ],
        }


def _wrong(message: str) -> Refused:
    return Refused("InvalidParameterException", message)
