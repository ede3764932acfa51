"""One EMR cluster on EC2, from STARTING to TERMINATED, and its steps."""

import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from assets_tests.doubles.aws.jobs import Job
from assets_tests.doubles.aws.later import later
from assets_tests.doubles.aws.logs import ship_text
from assets_tests.doubles.aws.submit import classified, taken
from assets_tests.doubles.aws.work import Ended, Work
from assets_tests.doubles.aws.world import World

OVER = ("COMPLETED", "CANCELLED", "FAILED", "INTERRUPTED")
GONE = ("TERMINATED", "TERMINATED_WITH_ERRORS")


@dataclass
class Step:
    """A step, and the driver that runs it."""

    id: str
    asked: dict[str, Any]
    role: str | None
    created: datetime
    state: str = "PENDING"
    started: datetime | None = None
    ended: datetime | None = None
    failure: dict[str, str] | None = None
    job: Job | None = None
    lost: bool = False
    cancelled: bool = False
    application: str = field(
        default_factory=lambda: (
            f"application_{int(time.time() * 1000)}_{secrets.randbelow(9999):04}"
        )
    )

    @property
    def on_failure(self) -> str:
        return self.asked.get("ActionOnFailure", "TERMINATE_CLUSTER")

    @property
    def arguments(self) -> list[str]:
        return self.asked["HadoopJarStep"].get("Args", [])

    def to_json(self) -> dict[str, Any]:
        jar = self.asked["HadoopJarStep"]
        return {
            "Id": self.id,
            "Name": self.asked["Name"],
            "ActionOnFailure": self.on_failure,
            "Config": {"Jar": jar["Jar"], "Args": self.arguments, "Properties": {}},
            "ExecutionRoleArn": self.role,
            "Status": {
                "State": self.state,
                "StateChangeReason": {},
                "FailureDetails": self.failure,
                "Timeline": {
                    "CreationDateTime": self.created,
                    "StartDateTime": self.started,
                    "EndDateTime": self.ended,
                },
            },
        }


class Cluster:
    """A thread watches over it; each step that runs has one of its own."""

    def __init__(
        self,
        world: World,
        region: str,
        id: str,
        arn: str,
        asked: dict[str, Any],
        created: datetime,
    ) -> None:
        self._world, self._region, self._asked = world, region, asked
        self.id, self.arn, self.created = id, arn, created
        self.state, self.steps = "STARTING", list[Step]()
        self.concurrency: int = asked.get("StepConcurrencyLevel", 1)
        self.protected: bool = asked["Instances"].get("TerminationProtected", False)
        self.tags = {tag["Key"]: tag.get("Value", "") for tag in asked.get("Tags", [])}
        self.idle: dict[str, int] | None = None
        self._keeps: bool = asked["Instances"].get("KeepJobFlowAliveWhenNoSteps", False)
        self._reason: dict[str, str] = {}
        self._ready: datetime | None = None
        self._ended: datetime | None = None
        self._changed = threading.Condition(threading.RLock())

    def begin(self) -> None:
        threading.Thread(target=self._live, daemon=True).start()

    def add(self, steps: list[dict[str, Any]], role: str | None = None) -> list[str]:
        """Queues steps and returns their ids."""
        now = datetime.now(UTC)
        added = [Step(f"s-{secrets.token_hex(7)[:13].upper()}", each, role, now) for each in steps]
        with self._changed:
            self.steps += added
            self._changed.notify_all()
        return [step.id for step in added]

    def keep(self, keeps: bool) -> None:
        with self._changed:
            self._keeps = keeps
            self._changed.notify_all()

    def cancel(self, step: Step, how: str) -> bool:
        """Ends a step that is pending or running; False if it is over."""
        with self._changed:
            if step.state == "PENDING":
                self._over(step, "CANCELLED")
            elif step.state == "RUNNING":
                step.state, step.cancelled = "CANCEL_PENDING", True
                if step.job is not None:
                    step.job.stop("killed" if how == "TERMINATE_PROCESS" else "cancelled")
            else:
                return False
            self._changed.notify_all()
            return True

    def terminate(self, code: str, message: str) -> None:
        """Shuts the cluster down; what runs is ended."""
        with self._changed:
            if self.state in (*GONE, "TERMINATING"):
                return
            self.state, self._reason = "TERMINATING", {"Code": code, "Message": message}
            for step in self.steps:
                if step.state == "PENDING":
                    self._over(step, "CANCELLED")
                elif step.job is not None and step.state not in OVER:
                    step.cancelled = True
                    step.job.stop("cancelled")
            self._changed.notify_all()

    def to_json(self) -> dict[str, Any]:
        with self._changed:
            return {
                "Id": self.id,
                "Name": self._asked["Name"],
                "ClusterArn": self.arn,
                "LogUri": self._asked.get("LogUri"),
                "ReleaseLabel": self._asked["ReleaseLabel"],
                "AutoTerminate": not self._keeps,
                "TerminationProtected": self.protected,
                "StepConcurrencyLevel": self.concurrency,
                "Applications": self._asked.get("Applications", []),
                "Configurations": self._asked.get("Configurations", []),
                "ServiceRole": self._asked.get("ServiceRole"),
                "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
                "NormalizedInstanceHours": 0,
                "MasterPublicDnsName": f"ip-10-0-0-1.{self._region}.compute.internal",
                "Status": {
                    "State": self.state,
                    "StateChangeReason": self._reason,
                    "Timeline": {
                        "CreationDateTime": self.created,
                        "ReadyDateTime": self._ready,
                        "EndDateTime": self._ended,
                    },
                },
            }

    def _live(self) -> None:
        faults, name = self._world.faults, self._asked["Name"]
        for state in ("STARTING", "BOOTSTRAPPING"):
            with self._changed:
                if self.state != "TERMINATING":
                    self.state = state
                self._changed.wait_for(lambda: self.state == "TERMINATING", self._world.pace)
        if faults.for_job("capacity", "emr", name) is not None:
            self.terminate(
                "INSTANCE_FAILURE",
                "Provisioning of instances failed: we currently do not have sufficient capacity "
                "in the requested Availability Zone (InsufficientInstanceCapacity).",
            )
        if (lost := faults.for_job("lose", "emr", name)) is not None:
            later(lost.seconds, self.terminate, "INSTANCE_FAILURE", "The master node was lost.")
        with self._changed:
            self._ready = datetime.now(UTC)
            while self._goes_on():
                self._changed.wait()
            self._changed.wait_for(lambda: all(step.state in OVER for step in self.steps), 10)
            self._changed.wait(self._world.pace)
            errors = self._reason["Code"] in ("STEP_FAILURE", "INSTANCE_FAILURE")
            self.state = "TERMINATED_WITH_ERRORS" if errors else "TERMINATED"
            self._ended = datetime.now(UTC)

    def _goes_on(self) -> bool:
        """Starts the steps whose turn it is; False if the cluster is to end."""
        if self.state == "TERMINATING":
            return False
        active = [step for step in self.steps if step.state in ("RUNNING", "CANCEL_PENDING")]
        waiting = [step for step in self.steps if step.state == "PENDING"]
        for step in waiting[: max(self.concurrency - len(active), 0)]:
            step.state, step.started = "RUNNING", datetime.now(UTC)
            threading.Thread(target=self._run, args=(step,), daemon=True).start()
        if active or waiting:
            self.state = "RUNNING"
        elif self._keeps:
            self.state = "WAITING"
        else:
            self.terminate("ALL_STEPS_COMPLETED", "Steps completed")
            return False
        return True

    def _run(self, step: Step) -> None:
        lost = self._world.faults.for_job("lose", "emr", step.asked["Name"])
        if lost is not None:
            later(lost.seconds, self._lose, step)
        job = self._world.job("emr", step.id, self._work(step))
        with self._changed:
            step.job = job
            if step.lost:
                job.stop("lost", 137)
            if step.cancelled:
                job.stop("cancelled")
        timer = later(self._seconds(step), job.stop, "timed out", 124)
        ended = job.run()
        timer.cancel()
        self._ship_logs(step, job)
        with self._changed:
            if step.cancelled:
                self._over(step, "CANCELLED")
            elif ended.code == 0:
                self._over(step, "COMPLETED")
            else:
                self._fail(step, ended)
            self._changed.notify_all()

    def _fail(self, step: Step, ended: Ended) -> None:
        where = self._asked.get("LogUri")
        step.failure = {
            "Reason": "Unknown Error.",
            "Message": f"exitCode: {ended.code}",
            **({"LogFile": f"{self._folder(step)}/stderr.gz"} if where else {}),
        }
        self._over(step, "FAILED")
        if step.on_failure in ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
            self.terminate("STEP_FAILURE", "Shut down as step failed")
        elif step.on_failure == "CANCEL_AND_WAIT":
            for other in self.steps:
                if other.state == "PENDING":
                    self._over(other, "CANCELLED")

    def _lose(self, step: Step) -> None:
        with self._changed:
            step.lost = True
            if step.job is not None:
                step.job.stop("lost", 137)

    def _over(self, step: Step, state: str) -> None:
        step.state, step.ended = state, datetime.now(UTC)

    def _seconds(self, step: Step) -> float:
        """How long the program `timeout`, which a step may begin with, lets it run."""
        found = re.match(r"timeout (?:-\S+ )*(\d+) ", " ".join(step.arguments))
        return int(found[1]) * self._world.minute / 60 if found else threading.TIMEOUT_MAX

    def _work(self, step: Step) -> Work:
        command = step.arguments
        words = command[command.index("spark-submit") + 1 :] if "spark-submit" in command else []
        submission, rest = taken(words)
        configurations = self._asked.get("Configurations", [])
        conf = {**classified(configurations, "spark-defaults"), **submission.conf}
        prefix = "spark.yarn.appMasterEnv."
        in_cluster = _in_cluster(command)
        environment = classified(configurations, "export")
        if in_cluster:
            environment |= {
                name.removeprefix(prefix): value
                for name, value in conf.items()
                if name.startswith(prefix)
            }
        return Work(
            step.asked["Name"],
            rest[0] if rest else f"s3://missing/{' '.join(command)}",
            rest[1:],
            submission.parameters,
            conf,
            environment,
        )

    def _ship_logs(self, step: Step, job: Job) -> None:
        """In cluster mode what the driver said lies with its container, not with the step."""
        if not self._asked.get("LogUri"):
            return
        controller = f"INFO startExec 'hadoop jar {step.asked['HadoopJarStep']['Jar']}'"
        ship_text(job, f"{self._folder(step)}/controller.gz", controller)
        output, error = job.output("stdout"), job.output("stderr")
        if _in_cluster(step.arguments):
            container = step.application.replace("application", "container") + "_01_000001"
            folder = f"{self._root()}/containers/{step.application}/{container}"
            ship_text(job, f"{folder}/stdout.gz", output)
            ship_text(job, f"{folder}/stderr.gz", error)
            output, error = "", f"INFO Client: Submitted application {step.application}\n"
        ship_text(job, f"{self._folder(step)}/stdout.gz", output)
        ship_text(job, f"{self._folder(step)}/stderr.gz", error)

    def _folder(self, step: Step) -> str:
        return f"{self._root()}/steps/{step.id}"

    def _root(self) -> str:
        return f"{self._asked['LogUri'].rstrip('/').replace('s3n://', 's3://')}/{self.id}"


def _in_cluster(command: list[str]) -> bool:
    """Whether the driver runs on a node of YARN's choice."""
    pairs = list(pairwise(command))
    return ("--deploy-mode", "cluster") in pairs or "spark.submit.deployMode=cluster" in command
