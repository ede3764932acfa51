"""Spark jobs as job runs of one EMR Serverless application."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import dagster as dg

from seniorlink_assets.launchers import cost
from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.aws_service import (
    CLOCKS_DIFFER,
    AwsService,
    Quota,
    as_tag,
    found_handle,
    new_handle,
)
from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.driver_log import log_url, tail_of_log
from seniorlink_assets.launchers.service import Command, Phase, ServiceState
from seniorlink_assets.launchers.workers import Worker, worker_conf
from seniorlink_assets.sentence import SentenceError
from spark.contract.job import Job

QUOTAS = {
    "cancel_job_run": (1.0, 20.0),
    "get_application": (10.0, 20.0),
    "get_job_run": (10.0, 20.0),
    "list_job_runs": (1.0, 20.0),
    "start_job_run": (1.0, 20.0),
}
"""What every account may ask for in a region."""

_PHASES: Mapping[str, Phase] = {
    "SUBMITTED": "waiting",
    "PENDING": "waiting",
    "QUEUED": "waiting",
    "SCHEDULED": "waiting",
    "RUNNING": "running",
    "CANCELLING": "ending",
    "SUCCESS": "succeeded",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
}
_AT_WORK = [word for word, phase in _PHASES.items() if phase in ("waiting", "running", "ending")]

_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_APPLICATION = re.compile("[0-9a-z]{1,64}")
_LOGGING = ("spark-driver-log4j2", "spark-executor-log4j2")
"""Classifications since release 6.8."""

_LONGEST_OPTIONS = 102_400


class EmrServerlessError(SentenceError):
    """An application, or an order, that no job can be started with."""


@dataclass(kw_only=True)
class EmrServerless(AwsService):
    """The application with this id, where jobs run as `role` and write their logs below `logs`.

    `rates` are what the account pays where that is not what everybody does.
    """

    application: str
    role: str
    logs: str
    rates: cost.Rates | None = None
    quotas: Mapping[str, Quota] = field(default_factory=lambda: QUOTAS)
    name = "emr-serverless"
    api = "emr-serverless"
    title = "EMR Serverless"

    @property
    def place(self) -> str:
        return self.application

    def check(self) -> None:
        if not _ROLE.fullmatch(self.role):
            raise EmrServerlessError(
                f"SENIORLINK_EMR_ROLE is {self.role!r}; write the ARN of the role that jobs run "
                "as: arn:aws:iam::123456789012:role/seniorlink-job"
            )
        said = self._application
        state, kind = said["state"], said["type"]
        if kind.upper() != "SPARK":
            raise EmrServerlessError(
                f"The EMR Serverless application {self.application} is of the type {kind}; set "
                "SENIORLINK_EMR_APPLICATION to one of the type Spark"
            )
        starts_itself = said.get("autoStartConfiguration", {}).get("enabled", True)
        if state == "TERMINATED" or (state in ("STOPPED", "STOPPING") and not starts_itself):
            raise EmrServerlessError(
                f"The EMR Serverless application {self.application} is {state}, and does not start "
                "by itself; start it, or set SENIORLINK_EMR_APPLICATION to another"
            )

    def sized(self, job: Job, bytes: int) -> Mapping[str, str]:
        prepared = {
            role: _worker(given.get("workerConfiguration", {}))
            for role, given in self._application.get("initialCapacity", {}).items()
        }
        return {
            **worker_conf(bytes, prepared.get("DRIVER"), prepared.get("EXECUTOR")),
            **job.spark_conf,
        }

    def submit(self, command: Command) -> Handle:
        options = shlex.join(command.options)
        if len(options) > _LONGEST_OPTIONS:
            raise EmrServerlessError(
                f"The settings of {command.name} are {len(options):,} characters, of which EMR "
                f"Serverless takes {_LONGEST_OPTIONS:,}; give it fewer in spark_conf"
            )
        narrowed = {"executionIamPolicy": {"policy": command.policy}} if command.policy else {}
        timed = {"executionTimeoutMinutes": command.minutes} if command.minutes else {}
        started = self.ask(
            "start_job_run",
            f"start {command.name}",
            attempts=10,
            applicationId=self.application,
            name=command.name,
            clientToken=command.token,
            executionRoleArn=self.role,
            jobDriver={
                "sparkSubmit": {
                    "entryPoint": command.entry,
                    "entryPointArguments": [*command.arguments],
                    "sparkSubmitParameters": options,
                }
            },
            configurationOverrides={
                "applicationConfiguration": [
                    {"classification": name, "properties": dict(command.logging)}
                    for name in _LOGGING
                    if command.logging
                ],
                "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": self.logs}},
            },
            tags={name: as_tag(value) for name, value in command.tags.items()},
            **narrowed,
            **timed,
        )
        return new_handle(started["jobRunId"])

    def at_work(self) -> Mapping[str, ServiceState]:
        runs = self._listed("list the jobs at work", states=_AT_WORK)
        return {run["id"]: _state(run) for run in runs}

    def state(self, handle: Handle) -> ServiceState | None:
        run = self._run(handle)
        return _state(run) if run else None

    def find(self, name: str, since: datetime) -> Handle | None:
        runs = self._listed(f"look for {name}", createdAtAfter=since - CLOCKS_DIFFER)
        found = (run for run in runs if run.get("name") == name)
        return next((found_handle(run["id"], run["createdAt"]) for run in found), None)

    def stop(self, handle: Handle) -> None:
        self.ask(
            "cancel_job_run",
            f"cancel the job {handle['id']}",
            applicationId=self.application,
            jobRunId=handle["id"],
        )

    def log(self, handle: Handle, bytes: int) -> bytes | None:
        return tail_of_log(self.aws, f"{self._logs_of(handle)}SPARK_DRIVER/stderr.gz", bytes)

    def links(self, handle: Handle) -> Mapping[str, str]:
        region = self.region
        page = f"https://{region}.console.aws.amazon.com/emr/home?region={region}"
        place = f"serverless-applications/{self.application}/job-runs/{handle['id']}"
        return {"page": f"{page}#/{place}", "logs": log_url(self._logs_of(handle), region)}

    def cost(self, handle: Handle, conf: Mapping[str, str]) -> Mapping[str, dg.MetadataValue]:
        architecture = self._application.get("architecture", cost.X86)
        charged = self.rates or cost.rates(self.region, architecture)
        return cost.cost(cost.billed(self._run(handle) or {}), charged)

    @property
    def _application(self) -> Mapping[str, Any]:
        """What the application is, read once."""
        with self._reading:
            return self._read

    @cached_property
    def _read(self) -> Mapping[str, Any]:
        if not _APPLICATION.fullmatch(self.application):
            raise EmrServerlessError(
                f"SENIORLINK_EMR_APPLICATION is {self.application!r}; write the id of an EMR "
                "Serverless application: digits and small letters, such as 00f1abcdef2ghi3j"
            )
        try:
            return self.ask(
                "get_application", "read the application", applicationId=self.application
            )["application"]
        except AwsError as error:
            if error.trouble != "missing":
                raise
            raise EmrServerlessError(
                f"There is no EMR Serverless application {self.application} in {self.region}; set "
                "SENIORLINK_EMR_APPLICATION and AWS_REGION to those of one"
            ) from error

    def _run(self, handle: Handle) -> Mapping[str, Any] | None:
        said = self.ask_if_there(
            "get_job_run",
            f"read the job {handle['id']}",
            applicationId=self.application,
            jobRunId=handle["id"],
        )
        return said["jobRun"] if said else None

    def _listed(self, purpose: str, **which: Any) -> Iterator[Mapping[str, Any]]:
        return self.pages(
            "list_job_runs",
            purpose,
            "jobRuns",
            applicationId=self.application,
            maxResults=self.listed_at_once,
            **which,
        )

    def _logs_of(self, handle: Handle) -> str:
        return f"{self.logs.rstrip('/')}/applications/{self.application}/jobs/{handle['id']}/"


def _state(run: Mapping[str, Any]) -> ServiceState:
    word = run["state"]
    return ServiceState(_PHASES.get(word, "running"), word, run.get("stateDetails") or "")


def _worker(given: Mapping[str, str]) -> Worker | None:
    """A size as the service writes it: 4 vCPU and 16 GB."""
    found = [re.match(r"\d+", given.get(name, "")) for name in ("cpu", "memory")]
    return Worker(int(found[0][0]), int(found[1][0])) if found[0] and found[1] else None
