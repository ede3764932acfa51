"""Applications and job runs of EMR Serverless, and how the service describes them."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from assets_tests.doubles.aws.capacity import Size
from assets_tests.doubles.aws.jobs import Job
from assets_tests.doubles.aws.policy import Policy
from assets_tests.doubles.aws.submit import Submission

OVER = ("SUCCESS", "FAILED", "CANCELLED")
USER = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:user/double"

NEXT = {
    "SUBMITTED": {"QUEUED", "PENDING", "CANCELLING", "FAILED"},
    "QUEUED": {"PENDING", "CANCELLING", "FAILED"},
    "PENDING": {"SCHEDULED", "CANCELLING", "FAILED"},
    "SCHEDULED": {"RUNNING", "CANCELLING", "FAILED"},
    "RUNNING": {"SUCCESS", "FAILED", "CANCELLING", "PENDING"},
    "CANCELLING": {"CANCELLED"},
}
"""From RUNNING back to PENDING goes another attempt."""


@dataclass
class Application:
    id: str
    arn: str
    asked: dict[str, Any]
    created: datetime
    tags: dict[str, str]
    runs: "list[Run]" = field(default_factory=list)
    state: str = "CREATED"
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    idle_since: float = field(default_factory=time.monotonic)

    @property
    def is_idle(self) -> bool:
        return all(run.state in OVER for run in self.runs)

    def to(self, state: str) -> None:
        self.state, self.updated = state, datetime.now(UTC)

    def start(self) -> None:
        """It is at work from now on, whatever it was."""
        if self.state in ("CREATED", "STOPPED"):
            self.to("STARTED")
        self.idle_since = time.monotonic()

    def stop_if_idle(self, minute: float) -> None:
        """Stops itself as its settings say; `minute` is how many seconds one takes."""
        settings = self.asked.get("autoStopConfiguration", {})
        idle = time.monotonic() - self.idle_since
        if (
            self.state == "STARTED"
            and self.is_idle
            and settings.get("enabled", True)
            and idle > settings.get("idleTimeoutMinutes", 15) * minute
        ):
            self.to("STOPPED")

    def described(self) -> dict[str, Any]:
        return {
            **self.asked,
            "applicationId": self.id,
            "arn": self.arn,
            "type": self.asked["type"].capitalize(),
            "state": self.state,
            "stateDetails": "",
            "createdAt": self.created,
            "updatedAt": self.updated,
            "tags": self.tags,
            "autoStartConfiguration": self.asked.get("autoStartConfiguration", {"enabled": True}),
            "autoStopConfiguration": self.asked.get(
                "autoStopConfiguration", {"enabled": True, "idleTimeoutMinutes": 15}
            ),
            "architecture": self.asked.get("architecture", "X86_64"),
        }


@dataclass
class Attempt:
    number: int
    created: datetime
    updated: datetime
    state: str = "SUBMITTED"
    details: str = ""


@dataclass
class Run:
    """A job run; `job` is the driver of its latest attempt."""

    id: str
    arn: str
    application: Application
    asked: dict[str, Any]
    policy: Policy
    submission: Submission
    size: Size
    created: datetime
    tags: dict[str, str]
    attempts: list[Attempt]
    state: str = "SUBMITTED"
    details: str = ""
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: datetime | None = None
    ended: datetime | None = None
    job: Job | None = None
    holds: bool = False
    lost: bool = False
    queued: float = 0.0
    seconds: float = 0.0
    billed: dict[str, float] | None = None
    used: dict[str, float] | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    reason: str = ""

    @property
    def name(self) -> str:
        return self.asked.get("name", "")

    def to(self, state: str, details: str = "") -> bool:
        """Moves on, if it may go there from where it is; whether it is there now."""
        is_held = self.stopping.is_set() and state not in ("CANCELLING", "CANCELLED")
        if is_held or state not in NEXT.get(self.state, ()):
            return state == self.state
        now, attempt = datetime.now(UTC), self.attempts[-1]
        self.state, self.details, self.updated = state, details[:256], now
        attempt.state, attempt.details, attempt.updated = state, details[:256], now
        if state in OVER:
            self.ended = now
        return True

    def summary(self) -> dict[str, Any]:
        """As in a list."""
        return {
            **named(self.asked, "name"),
            "applicationId": self.application.id,
            "id": self.id,
            "mode": self.asked.get("mode", "BATCH"),
            "arn": self.arn,
            "createdBy": USER,
            "createdAt": self.created,
            "updatedAt": self.updated,
            "executionRole": self.asked["executionRoleArn"],
            "state": self.state,
            "stateDetails": self.details,
            "releaseLabel": self.application.asked["releaseLabel"],
            "type": "Spark",
            "attempt": len(self.attempts),
            "attemptCreatedAt": self.attempts[-1].created,
            "attemptUpdatedAt": self.attempts[-1].updated,
        }

    def summary_of(self, attempt: Attempt) -> dict[str, Any]:
        return {
            **self.summary(),
            "jobCreatedAt": self.created,
            "createdAt": attempt.created,
            "updatedAt": attempt.updated,
            "state": attempt.state,
            "stateDetails": attempt.details,
            "attempt": attempt.number,
        }

    def described(self, attempt: Attempt) -> dict[str, Any]:
        """All there is to know, of one attempt."""
        kept = ("configurationOverrides", "jobDriver", "executionIamPolicy", "retryPolicy")
        return {
            **self.summary(),
            **named(self.asked, *kept),
            **named(self.application.asked, "networkConfiguration"),
            "jobRunId": self.id,
            "state": attempt.state,
            "stateDetails": attempt.details,
            "tags": self.tags,
            "executionTimeoutMinutes": self.asked.get("executionTimeoutMinutes", 720),
            "totalExecutionDurationSeconds": int(self.seconds),
            "queuedDurationMilliseconds": int(self.queued * 1000),
            "attempt": attempt.number,
            "startedAt": self.started,
            "endedAt": self.ended,
            "totalResourceUtilization": self.used if self.ended else None,
            "billedResourceUtilization": self.billed if self.ended else None,
        }


def named(asked: dict[str, Any], *names: str) -> dict[str, Any]:
    """Those of these settings that were given."""
    return {name: asked[name] for name in names if name in asked}
