"""Spark jobs as steps of an EMR cluster on EC2: one that lives, or one for each run of Dagster."""

import fcntl
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from seniorlink_assets.launchers import cost
from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.aws_service import (
    CLOCKS_DIFFER,
    AwsService,
    found_handle,
    new_handle,
)
from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.driver_log import log_url, tail_of_log
from seniorlink_assets.launchers.service import Command, Phase, ServiceState
from seniorlink_assets.launchers.workers import worker_conf
from seniorlink_assets.sentence import SentenceError
from spark.contract.job import Job

_PHASES: Mapping[str, Phase] = {
    "PENDING": "waiting",
    "RUNNING": "running",
    "CANCEL_PENDING": "ending",
    "COMPLETED": "succeeded",
    "FAILED": "failed",
    "INTERRUPTED": "failed",
    "CANCELLED": "cancelled",
}
_AT_WORK = [word for word, phase in _PHASES.items() if phase in ("waiting", "running", "ending")]
_LIVING = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"]

_OF_RUNS = "seniorlink-run#"
"""How the name of a cluster begins that is there for one run of Dagster."""

_NOT_VALID = re.compile(r"id '\S+' is not valid")
_IDLE_SECONDS = 300
_RUN_LASTS = timedelta(days=14)


class EmrEc2Error(SentenceError):
    """A cluster that no job can be started on."""


@dataclass(kw_only=True)
class EmrSteps(AwsService):
    """The living cluster with this id; its steps run as `role` if that is set.

    A handle names the cluster too, by "cluster".
    """

    cluster: str
    role: str = ""
    name = "emr-ec2"
    api = "emr"
    title = "EMR"
    next_page = "Marker"

    @property
    def place(self) -> str:
        return self.cluster

    def check(self) -> None:
        said = self._described(self.cluster)
        if said is None:
            raise EmrEc2Error(
                f"There is no EMR cluster {self.cluster} in {self.region}; set "
                "SENIORLINK_EMR_CLUSTER and AWS_REGION to those of one"
            )
        state = said["Status"]["State"]
        if state not in _LIVING:
            raise EmrEc2Error(
                f"The EMR cluster {self.cluster} is {state}; set SENIORLINK_EMR_CLUSTER to one "
                "that lives"
            )
        if not any(found["Name"].lower() == "spark" for found in said.get("Applications", [])):
            raise EmrEc2Error(
                f"The EMR cluster {self.cluster} has no Spark; start one with the application Spark"
            )

    def sized(self, job: Job, bytes: int) -> Mapping[str, str]:
        # A second attempt of YARN's would say everything again, and write what is there already.
        once = {"spark.yarn.maxAppAttempts": "1"}
        return {**worker_conf(bytes), **once, **job.spark_conf}

    def submit(self, command: Command) -> Handle:
        cluster = self.cluster_for(command)
        role = {"ExecutionRoleArn": self.role} if self.role else {}
        # A request that is made twice makes two steps: who calls looks for the first one instead.
        added = self.ask(
            "add_job_flow_steps",
            f"start {command.name}",
            attempts=1,
            JobFlowId=cluster,
            Steps=[_step(command)],
            **role,
        )
        return new_handle(added["StepIds"][0], cluster=cluster)

    def at_work(self) -> Mapping[str, ServiceState]:
        return {
            step["Id"]: _state(step)
            for cluster in self.clusters()
            for step in self._steps(cluster, "list the jobs at work", StepStates=_AT_WORK)
        }

    def state(self, handle: Handle) -> ServiceState | None:
        step = self._step(handle)
        if step is None:
            return None
        state = _state(step)
        if state.is_over or not self._is_gone(handle["cluster"]):
            return state
        return ServiceState("failed", "TERMINATED", "the cluster's last machine was terminated")

    def find(self, name: str, since: datetime) -> Handle | None:
        for cluster in self.clusters(since):
            for step in self._steps(cluster, f"look for {name}"):
                created = step["Status"]["Timeline"]["CreationDateTime"]
                if step["Name"] == name:
                    return found_handle(step["Id"], created, cluster=cluster)
                if created < since - CLOCKS_DIFFER:  # the newest come first
                    break
        return None

    def stop(self, handle: Handle) -> None:
        self.ask(
            "cancel_steps",
            f"cancel the job {handle['id']}",
            ClusterId=handle["cluster"],
            StepIds=[handle["id"]],
            StepCancellationOption="TERMINATE_PROCESS",
        )

    def log(self, handle: Handle, bytes: int) -> bytes | None:
        logs = self._logs_of(handle)
        return tail_of_log(self.aws, f"{logs}stderr.gz", bytes) if logs else None

    def links(self, handle: Handle) -> Mapping[str, str]:
        region, cluster = self.region, handle["cluster"]
        page = f"https://{region}.console.aws.amazon.com/emr/home?region={region}"
        return {"page": f"{page}#/clusterDetails/{cluster}"}

    def cost(self, handle: Handle, conf: Mapping[str, str]) -> Mapping[str, dg.MetadataValue]:
        timeline = (self._step(handle) or {}).get("Status", {}).get("Timeline", {})
        logs = self._logs_of(handle)
        pages = {"logs": dg.MetadataValue.url(log_url(logs, self.region))} if logs else {}
        if not timeline.get("StartDateTime") or not timeline.get("EndDateTime"):
            return pages
        seconds = (timeline["EndDateTime"] - timeline["StartDateTime"]).total_seconds()
        return {**pages, **cost.cost(cost.asked_for(conf, seconds), None)}

    def cluster_for(self, command: Command) -> str:
        """The cluster that a job is to run on."""
        return self.cluster

    def clusters(self, since: datetime | None = None) -> Iterator[str]:
        """The clusters that may have jobs at work, or that were there since then."""
        yield self.cluster

    def _is_gone(self, cluster: str) -> bool:
        said = self._described(cluster)
        return said is None or said["Status"]["State"] not in (*_LIVING, "TERMINATING")

    def _described(self, cluster: str) -> Mapping[str, Any] | None:
        return self._known("describe_cluster", "read the cluster", "Cluster", ClusterId=cluster)

    def _step(self, handle: Handle) -> Mapping[str, Any] | None:
        return self._known(
            "describe_step",
            f"read the job {handle['id']}",
            "Step",
            ClusterId=handle["cluster"],
            StepId=handle["id"],
        )

    def _known(self, operation: str, purpose: str, name: str, **which: Any) -> Any | None:
        try:
            return self.ask(operation, purpose, **which)[name]
        except AwsError as error:
            if _NOT_VALID.search(str(error)):
                return None
            raise

    def _steps(self, cluster: str, purpose: str, **which: Any) -> Iterator[Mapping[str, Any]]:
        return self.pages("list_steps", purpose, "Steps", ClusterId=cluster, **which)

    def _logs_of(self, handle: Handle) -> str | None:
        said = self._described(handle["cluster"]) or {}
        root = said.get("LogUri", "").replace("s3n://", "s3://").rstrip("/")
        return f"{root}/{handle['cluster']}/steps/{handle['id']}/" if root else None


@dataclass(kw_only=True)
class EmrTransient(EmrSteps):
    """A cluster for each run of Dagster, made when its first job comes, gone soon after its last.

    `template` are the parameters of RunJobFlow, all but the name and what ends it.
    """

    template: Mapping[str, Any]
    cluster: str = "transient"

    def check(self) -> None:
        missing = {"ReleaseLabel", "Instances", "JobFlowRole", "ServiceRole"} - {*self.template}
        if missing:
            raise EmrEc2Error(
                f"SENIORLINK_EMR_CLUSTER_TEMPLATE has no {', '.join(sorted(missing))}; write the "
                "parameters of RunJobFlow as JSON"
            )

    def cluster_for(self, command: Command) -> str:
        name = f"{_OF_RUNS}{command.run_id}"
        path = self.home / "watch" / f"{name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            living = self._clusters_of_runs(ClusterStates=_LIVING)
            found = next((each["Id"] for each in living if each["Name"] == name), None)
            return found or self._made(name, command)

    def clusters(self, since: datetime | None = None) -> Iterator[str]:
        which = (
            {"ClusterStates": [*_LIVING, "TERMINATING"]}
            if since is None
            else {"CreatedAfter": datetime.now(UTC) - _RUN_LASTS}
        )
        yield from (each["Id"] for each in self._clusters_of_runs(**which))

    def _clusters_of_runs(self, **which: Any) -> Iterator[Mapping[str, Any]]:
        found = self.pages("list_clusters", "list the clusters", "Clusters", **which)
        return (each for each in found if each["Name"].startswith(_OF_RUNS))

    def _made(self, name: str, command: Command) -> str:
        instances = {**self.template["Instances"], "KeepJobFlowAliveWhenNoSteps": True}
        made = self.ask(
            "run_job_flow",
            f"make a cluster for {command.name}",
            attempts=1,
            **{
                "Applications": [{"Name": "Spark"}],
                "StepConcurrencyLevel": 10,
                **self.template,
                "Name": name,
                "Instances": instances,
                "AutoTerminationPolicy": {"IdleTimeout": _IDLE_SECONDS},
                "Tags": [
                    *self.template.get("Tags", []),
                    {"Key": "seniorlink:run", "Value": command.run_id},
                ],
            },
        )
        return made["JobFlowId"]


def _step(command: Command) -> Mapping[str, Any]:
    # A step has no timeout of its own. In client mode its process is the driver, and dies with it.
    timed = ["timeout", "--kill-after=60", str(60 * command.minutes)] if command.minutes else []
    spark = ["spark-submit", "--deploy-mode", "client", *command.options]
    return {
        "Name": command.name,
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {
            "Jar": "command-runner.jar",
            "Args": [*timed, *spark, command.entry, *command.arguments],
        },
    }


def _state(step: Mapping[str, Any]) -> ServiceState:
    status = step["Status"]
    failure, reason = status.get("FailureDetails") or {}, status.get("StateChangeReason") or {}
    said = [failure.get("Reason"), failure.get("Message"), reason.get("Message")]
    details = " ".join(each for each in said if each)
    return ServiceState(_PHASES.get(status["State"], "running"), status["State"], details)
