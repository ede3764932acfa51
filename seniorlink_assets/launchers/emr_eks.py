"""Spark jobs as job runs of a virtual cluster of EMR on EKS."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg

from seniorlink_assets.launchers import cost
from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.aws_service import (
    CLOCKS_DIFFER,
    AwsService,
    as_tag,
    found_handle,
    new_handle,
)
from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.driver_log import find_log, log_url, tail_of_log
from seniorlink_assets.launchers.service import Command, Phase, ServiceState
from seniorlink_assets.launchers.workers import worker_conf
from seniorlink_assets.sentence import SentenceError
from spark.contract.job import Job

_PHASES: Mapping[str, Phase] = {
    "PENDING": "waiting",
    "SUBMITTED": "waiting",
    "RUNNING": "running",
    "CANCEL_PENDING": "ending",
    "COMPLETED": "succeeded",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
}
_AT_WORK = [word for word, phase in _PHASES.items() if phase in ("waiting", "running", "ending")]

_LONGEST_ENTRY = 256


class EmrEksError(SentenceError):
    """A virtual cluster, or an order, that no job can be started with."""


@dataclass(kw_only=True)
class EmrEks(AwsService):
    """The virtual cluster with this id, where jobs run as `role` on the EMR `release`."""

    cluster: str
    role: str
    release: str
    logs: str
    name = "emr-eks"
    api = "emr-containers"
    title = "EMR on EKS"
    longest_name = 64

    @property
    def place(self) -> str:
        return self.cluster

    def check(self) -> None:
        try:
            said = self.ask("describe_virtual_cluster", "read the cluster", id=self.cluster)
        except AwsError as error:
            if error.trouble != "missing":
                raise
            raise EmrEksError(
                f"There is no virtual cluster {self.cluster} in {self.region}; set "
                "SENIORLINK_EMR_VIRTUAL_CLUSTER and AWS_REGION to those of one"
            ) from error
        state = said["virtualCluster"]["state"]
        if state != "RUNNING":
            raise EmrEksError(
                f"The virtual cluster {self.cluster} is {state}; set "
                "SENIORLINK_EMR_VIRTUAL_CLUSTER to one that runs"
            )

    def sized(self, job: Job, bytes: int) -> Mapping[str, str]:
        # Kubernetes keeps no shuffle files of an executor that is given back.
        kept = {"spark.dynamicAllocation.shuffleTracking.enabled": "true"}
        return {**worker_conf(bytes), **kept, **job.spark_conf}

    def submit(self, command: Command) -> Handle:
        if len(command.entry) > _LONGEST_ENTRY:
            raise EmrEksError(
                f"{command.entry} is longer than the {_LONGEST_ENTRY} characters that EMR on EKS "
                "takes of an entry point; give SENIORLINK_LAKE a shorter prefix"
            )
        started = self.ask(
            "start_job_run",
            f"start {command.name}",
            attempts=10,
            virtualClusterId=self.cluster,
            name=command.name,
            clientToken=command.token,
            executionRoleArn=self.role,
            releaseLabel=self.release,
            jobDriver={
                "sparkSubmitJobDriver": {
                    "entryPoint": command.entry,
                    "entryPointArguments": [*command.arguments],
                    "sparkSubmitParameters": shlex.join(command.options),
                }
            },
            configurationOverrides={
                "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": self.logs}}
            },
            tags={name: as_tag(value) for name, value in command.tags.items()},
        )
        return new_handle(started["id"])

    def at_work(self) -> Mapping[str, ServiceState]:
        runs = self.pages(
            "list_job_runs",
            "list the jobs at work",
            "jobRuns",
            virtualClusterId=self.cluster,
            maxResults=self.listed_at_once,
            states=_AT_WORK,
        )
        return {run["id"]: _state(run) for run in runs}

    def state(self, handle: Handle) -> ServiceState | None:
        run = self._run(handle)
        return _state(run) if run else None

    def find(self, name: str, since: datetime) -> Handle | None:
        runs = self.pages(
            "list_job_runs",
            f"look for {name}",
            "jobRuns",
            virtualClusterId=self.cluster,
            name=name,
            createdAfter=since - CLOCKS_DIFFER,
        )
        return next((found_handle(run["id"], run["createdAt"]) for run in runs), None)

    def stop(self, handle: Handle) -> None:
        self.ask(
            "cancel_job_run",
            f"cancel the job {handle['id']}",
            virtualClusterId=self.cluster,
            id=handle["id"],
        )

    def log(self, handle: Handle, bytes: int) -> bytes | None:
        url = find_log(self.aws, f"{self._logs_of(handle)}containers/", "-driver/stderr.gz")
        return tail_of_log(self.aws, url, bytes) if url else None

    def links(self, handle: Handle) -> Mapping[str, str]:
        return {"logs": log_url(self._logs_of(handle), self.region)}

    def cost(self, handle: Handle, conf: Mapping[str, str]) -> Mapping[str, dg.MetadataValue]:
        run = self._run(handle) or {}
        if "finishedAt" not in run:
            return {}
        seconds = (run["finishedAt"] - run["createdAt"]).total_seconds()
        return cost.cost(cost.asked_for(conf, seconds), None)

    def _run(self, handle: Handle) -> Mapping[str, Any] | None:
        said = self.ask_if_there(
            "describe_job_run",
            f"read the job {handle['id']}",
            virtualClusterId=self.cluster,
            id=handle["id"],
        )
        return said["jobRun"] if said else None

    def _logs_of(self, handle: Handle) -> str:
        return f"{self.logs.rstrip('/')}/{self.cluster}/jobs/{handle['id']}/"


def _state(run: Mapping[str, Any]) -> ServiceState:
    details = f"{run.get('failureReason') or ''} {run.get('stateDetails') or ''}".strip()
    return ServiceState(_PHASES.get(run["state"], "running"), run["state"], details)
