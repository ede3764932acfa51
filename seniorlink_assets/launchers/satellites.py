"""What the services have in common that run satellites: papers that tell all, and a claim on them.

Whoever takes the claim of a job's papers first runs the job, whoever comes later does nothing: a
request that is heard twice, or late, computes nothing twice.
"""

import json
import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from seniorlink_assets.launchers.aws import Aws, AwsError, asking
from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.papers import Papers, exit_code
from seniorlink_assets.launchers.service import Command, Service, ServiceState
from seniorlink_assets.launchers.stopped import stopped
from seniorlink_assets.storage.base import Storage, StorageError
from spark.contract.job import Job

BOOTSTRAP = Path(__file__).parents[2] / "spark" / "satellite" / "bootstrap.py"

CLAIM, CANCEL = "claim", "cancel"

_UNSTARTED_SECONDS = 300.0
_CLOCKS_DIFFER = 60.0
_TIMED_OUT = 124
"""What bootstrap.py says when the service's longest time was nearly over."""


@dataclass
class Satellites(Service):
    """A service that starts bootstrap.py, which claims the papers, and writes there how it ended.

    `papers` is the storage of all papers.
    """

    papers: Storage
    aws: Aws = field(default_factory=Aws)
    unstarted_seconds: float = _UNSTARTED_SECONDS

    noun: ClassVar[str]
    """What of the service a person would change."""

    def __post_init__(self) -> None:
        self._submitting: set[str] = set()

    @abstractmethod
    def start(self, command: Command) -> str:
        """Has the service start the command; the id that it gives it."""

    @abstractmethod
    def seen(self, handle: Handle) -> ServiceState | None:
        """How the service itself says a job is that has not written its end; None if it cannot."""

    def sized(self, job: Job, bytes: int) -> Mapping[str, str]:
        return job.spark_conf

    def submit(self, command: Command) -> Handle:
        self._submitting.add(command.name)
        return handle_of(command.name, self.start(command), time.time())

    def state(self, handle: Handle) -> ServiceState | None:
        with _papers_answer():
            papers = self._papers(handle)
            code = exit_code(papers)
            if code is not None:
                return _ended(code, is_cancelled=papers.read(CANCEL) is not None)
            claim = _claim(papers)
        if claim is None:
            return self._unclaimed(handle)
        if claim.get("until") and time.time() > claim["until"] + _CLOCKS_DIFFER:
            return ServiceState("failed", "GONE", "timed out after the service's longest time")
        return self._seen(handle) or ServiceState("running", "RUNNING")

    def find(self, name: str, since: datetime) -> Handle | None:
        with _papers_answer():
            handle = handle_of(name, name, since.timestamp())
            claim = _claim(self._papers(handle))
            if claim is not None:
                return None if claim.get("withdrawn") else handle
            age = (datetime.now(UTC) - since).total_seconds()
            # What was submitted here is submitted again; what a dead process may have submitted is
            # taken back.
            if name not in self._submitting and age > _CLOCKS_DIFFER / 2:
                return None if self._withdrawn(handle) else handle
        return None

    def stop(self, handle: Handle) -> None:
        with _papers_answer():
            self._papers(handle).put(CANCEL, b"")
            self._withdrawn(handle)

    def log(self, handle: Handle, bytes: int) -> bytes | None:
        """Only for a job that could not keep its log with its papers."""
        return None

    def links(self, handle: Handle) -> Mapping[str, str]:
        return {}

    def logged(self, group: str, stream: str, bytes: int) -> bytes:
        """The end of a stream of CloudWatch."""
        with asking(f"read the log {group}"):
            events = self.aws.client("logs", 3).get_log_events(
                logGroupName=group, logStreamName=stream, startFromHead=False, limit=1000
            )["events"]
        return "\n".join(event["message"] for event in events).encode()[-bytes:]

    def _papers(self, handle: Handle) -> Papers:
        return Papers(self.papers, handle["papers"])

    def _seen(self, handle: Handle) -> ServiceState | None:
        """What the service says; of a job that stopped without a word, its papers say why."""
        seen = self.seen(handle)
        if seen is not None and seen.is_over:
            said = stopped(seen.details, self.noun)
            with _papers_answer():
                papers = self._papers(handle)
                if exit_code(papers) is not None:  # it was written a moment ago
                    return None
                if said:
                    place = f"{papers.place}/failure.json"
                    papers.storage.write(place, json.dumps(said).encode(), over=None)
        return seen

    def _unclaimed(self, handle: Handle) -> ServiceState | None:
        """A job that has not begun; when it is too late for that, it is taken back."""
        seen = self._seen(handle)
        if seen is not None:
            return seen
        if time.time() < handle["at"] + self.unstarted_seconds:
            return ServiceState("waiting", "PENDING")
        with _papers_answer():
            if not self._withdrawn(handle):
                return ServiceState("running", "RUNNING")
        return ServiceState("failed", "UNSTARTED", "insufficient capacity: it was not started")

    def _withdrawn(self, handle: Handle) -> bool:
        """Takes the claim, so that nobody begins; False if somebody has begun."""
        content = json.dumps({"at": time.time(), "withdrawn": True}).encode()
        papers = self._papers(handle)
        if papers.storage.write(f"{papers.place}/{CLAIM}", content, over=None):
            papers.put("exit", b"143")
            return True
        return bool((_claim(papers) or {}).get("withdrawn"))


def handle_of(name: str, id: str, at: float) -> Handle:
    """A job's papers lie where its name says."""
    return {"id": id, "at": at, "papers": f"jobs/{name.replace('#', '/')}"}


def _claim(papers: Papers) -> Mapping[str, Any] | None:
    content = papers.read(CLAIM)
    return None if content is None else json.loads(content)


def _ended(code: int, *, is_cancelled: bool) -> ServiceState:
    if code == 0:
        return ServiceState("succeeded", "SUCCEEDED")
    if is_cancelled:
        return ServiceState("cancelled", "CANCELLED")
    if code == _TIMED_OUT:
        return ServiceState("failed", "FAILED", "timed out after the service's longest time")
    return ServiceState("failed", "FAILED", f"exit code {code}")


@contextmanager
def _papers_answer() -> Iterator[None]:
    """What the storage of the papers refuses, as the service's own errors."""
    try:
        yield
    except StorageError as error:
        raise AwsError(str(error), "away" if error.transient else "refused") from error
