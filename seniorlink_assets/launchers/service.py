"""A service that runs Spark jobs: the few questions that a remote launcher asks it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import dagster as dg

from seniorlink_assets.launchers.base import Handle
from spark.contract.job import Job


@dataclass(frozen=True)
class Command:
    """What a service is to start: `spark-submit <conf> --py-files <code> <entry> <arguments>`.

    Whoever sends the same `name` and `token` twice gets one job. `run_id` is of the Dagster run it
    is for, `minutes` how long it may take, `policy` an IAM session policy that narrows what it may
    do, `logging` what log4j2 is told so that no log holds a value of the data.
    """

    name: str
    run_id: str
    token: str
    entry: str
    code: str
    arguments: tuple[str, ...]
    conf: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)
    minutes: int | None = None
    policy: str | None = None
    logging: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> list[str]:
        """What stands between spark-submit and the entry point."""
        conf = [part for name, value in self.conf.items() for part in ("--conf", f"{name}={value}")]
        return [*conf, "--py-files", self.code]


LOST = "LOST"
"""Our word for a job that its service does not know any more."""


Phase = Literal["waiting", "running", "ending", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True)
class ServiceState:
    """How a service says that a job is: in its own word, and with details that may hold data."""

    phase: Phase
    word: str
    details: str = ""

    @property
    def is_over(self) -> bool:
        return self.phase in ("succeeded", "failed", "cancelled")


class Service(ABC):
    """One place of a service where jobs run. Each method is one request, or few; AwsError if not.

    A handle names a job by its "id", and says by "at" when it was submitted, in seconds since 1970.
    """

    name: str
    """The launcher's."""

    longest_name: int = 256

    listed_at_once: int = 50
    """How many jobs come with one request for the list."""

    @property
    @abstractmethod
    def place(self) -> str:
        """What of the service it is: an application, a cluster."""

    @property
    def watch(self) -> str:
        """A file's name for what is known of its jobs."""
        return f"{self.name}-{self.place}"

    @abstractmethod
    def check(self) -> None:
        """SentenceError if no job can be started here; costs nothing."""

    @abstractmethod
    def sized(self, job: Job, bytes: int) -> Mapping[str, str]:
        """The settings of a job that reads so many bytes, with those of its own."""

    @abstractmethod
    def submit(self, command: Command) -> Handle:
        """Starts a job."""

    @abstractmethod
    def at_work(self) -> Mapping[str, ServiceState]:
        """The jobs, by their ids, that are not over."""

    @abstractmethod
    def state(self, handle: Handle) -> ServiceState | None:
        """How one job is, over or not; None if the service does not know it."""

    @abstractmethod
    def find(self, name: str, since: datetime) -> Handle | None:
        """The job with this name, over or not, that was submitted since then."""

    @abstractmethod
    def stop(self, handle: Handle) -> None:
        """Asks that a job be ended."""

    @abstractmethod
    def log(self, handle: Handle, bytes: int) -> bytes | None:
        """The end of what the driver wrote to stderr; None if there is no log yet."""

    @abstractmethod
    def links(self, handle: Handle) -> Mapping[str, str]:
        """Pages of the service about a job, by what they show."""

    @abstractmethod
    def cost(self, handle: Handle, conf: Mapping[str, str]) -> Mapping[str, dg.MetadataValue]:
        """What a job that is over has used, and what that costs."""
