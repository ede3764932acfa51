"""A service that answers what a test has written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import dagster as dg

from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.service import Command, Service, ServiceState
from spark.contract.job import Job

WAITS = ServiceState("waiting", "PENDING")
RUNS = ServiceState("running", "RUNNING")
SUCCEEDED = ServiceState("succeeded", "SUCCESS")


@dataclass
class ScriptedService(Service):
    """Has these jobs; an `error` is what every request gets. It counts what it is asked."""

    jobs: dict[str, ServiceState] = field(default_factory=dict)
    error: Exception | None = None
    lists: int = 0
    singles: int = 0
    listed_at_once: int = 1_000_000
    name = "scripted"
    place = "here"

    def at_work(self) -> Mapping[str, ServiceState]:
        self.lists += 1
        if self.error:
            raise self.error
        return {job: state for job, state in self.jobs.items() if not state.is_over}

    def state(self, handle: Handle) -> ServiceState | None:
        self.singles += 1
        if self.error:
            raise self.error
        return self.jobs.get(handle["id"])

    def check(self) -> None:
        """All is well."""

    def sized(self, job: Job, bytes: int) -> Mapping[str, str]:
        return {}

    def submit(self, command: Command) -> Handle:
        raise NotImplementedError

    def find(self, name: str, since: datetime) -> Handle | None:
        return None

    def stop(self, handle: Handle) -> None:
        raise NotImplementedError

    def log(self, handle: Handle, bytes: int) -> bytes | None:
        return None

    def links(self, handle: Handle) -> Mapping[str, str]:
        return {}

    def cost(self, handle: Handle, conf: Mapping[str, str]) -> Mapping[str, dg.MetadataValue]:
        return {}
