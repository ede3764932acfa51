"""One table brought up to date through misfortune that a seed chooses, until it is published."""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from assets_tests.doubles.aws.running import BUCKET, Double
from assets_tests.launchers.remote_jobs import emr_serverless
from assets_tests.launchers.remote_tables import RemoteTable

REQUESTS = [
    ("throttle", {"times": 6}),
    ("error", {"times": 4, "status": 500}),
    ("error", {"times": 4, "status": 503}),
    ("drop", {"times": 3, "when": "before"}),
    ("drop", {"times": 3, "when": "after"}),
    ("delay", {"times": 3, "seconds": 0.5}),
]
"""What a request may meet, of EMR Serverless or of S3."""

JOBS = [("kill", {"seconds": 0.3}), ("capacity", {}), ("lose", {"seconds": 0.3})]
"""What a job may meet, once."""

DEATHS = [signal.SIGKILL, signal.SIGKILL, signal.SIGINT]
"""How the orchestrator may end, some time after it began."""

GREEN, RED = 0, 1
TRIES = 8
"""The last three are left alone by all but what was ordered before."""


@dataclass
class FaultRun:
    """The misfortune of a seed, and what came of it."""

    double: Double
    folder: Path
    seed: int
    story: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311
        self._notes = [self.seed * 100 + number for number in range(3)]
        service = emr_serverless(self.double, self.folder)
        prefix, key = f"seed-{self.seed}", f"trial/notes_{self.seed}"
        self.table = RemoteTable(self.double, self.folder, service, prefix, key)
        self.table.land(*self._notes)
        self.table.takes(self._chance.choice([0.2, 1.0, 2.0]))

    def live(self) -> "FaultRun":
        """Materializes, whatever happens, until that is green; then looks for what must not be."""
        self._order_faults()
        for left in reversed(range(TRIES)):
            is_to_die = left > 2 and self._chance.random() < 0.5
            death = self._chance.choice(DEATHS) if is_to_die else None
            ended = self._materialized(death)
            self.story.append(f"{death.name if death else 'left alone'}: {ended}")
            if ended == GREEN:
                self._look_at_what_is_green()
                break
        else:
            self.wrong.append("it is never published")
        self._look_for_orphans()
        self._look_for_doubles()
        return self

    def _order_faults(self) -> None:
        application, prefix = self.table.service.place, self.table.prefix
        for service, resource in (
            ("emr-serverless", f"*{application}*"),
            ("s3", f"{BUCKET}/{prefix}/*"),
        ):
            if self._chance.random() < 0.6:
                kind, details = self._chance.choice(REQUESTS)
                self._order(kind, service=service, resource=resource, rate=0.5, **details)
        if self._chance.random() < 0.5:
            kind, details = self._chance.choice(JOBS)
            self._order(kind, job=f"{self.table.key}#*", times=1, **details)

    def _order(self, kind: str, **details: Any) -> None:
        self.story.append(f"{kind} {details.get('service', 'job')}")
        self.double.faults.order(kind, seed=self.seed, **details)

    def _materialized(self, death: signal.Signals | None) -> int:
        """How a child of this process ended that materialized; a negative number killed it."""
        child = os.fork()
        if child == 0:
            _quietly(lambda: self.table.materialize().success)
        if death is not None:
            time.sleep(self._chance.uniform(0.3, 5.0))
            os.kill(child, death)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)

    def _look_at_what_is_green(self) -> None:
        if self.table.published != self._notes:
            self.wrong.append(f"a wrong green: {self.table.published}, not {self._notes}")

    def _look_for_orphans(self) -> None:
        at_work = [run["name"] for run in self.table.runs if run["state"] not in OVER]
        claimed = [entry.attempt for entry in self.table.environment.ledger.at_work()]
        if at_work or claimed:
            self.wrong.append(f"orphans: {at_work} at work, {claimed} claimed")

    def _look_for_doubles(self) -> None:
        runs = self.table.runs
        names = [run["name"] for run in runs]
        if len({*names}) < len(names):
            self.wrong.append(f"an attempt was submitted twice: {names}")
        for first, second in pairwise(runs):
            if first["updatedAt"] > second["createdAt"]:
                self.wrong.append(f"{first['name']} and {second['name']} were at work together")


OVER = ("SUCCESS", "FAILED", "CANCELLED")


def _quietly(do: Callable[[], bool]) -> None:
    """Does it and ends this process, with its words kept to itself."""
    status = RED
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        status = GREEN if do() else RED
    finally:
        os._exit(status)
