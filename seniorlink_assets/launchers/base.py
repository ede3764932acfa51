"""Run one Spark job somewhere, and judge it: the small interface that all launchers share."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import dagster as dg

from spark.contract.job import Job

LOOPBACK = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}
"""What keeps a Spark of this machine to this machine."""


class JobFailed(Exception):
    """A job that ended without committing; the text is one sentence for a person."""


@dataclass(frozen=True)
class Order:
    """What a launcher is given: the job, the checkout it comes from, a folder for its papers."""

    job: Job
    root: Path
    folder: Path


@dataclass(frozen=True)
class State:
    """How a job is; `reason` says why it failed."""

    phase: Literal["running", "succeeded", "failed"]
    reason: str = ""


class Launcher(ABC):
    """A place where Spark jobs run."""

    @abstractmethod
    def prepare(self, job: Job, bytes: int) -> Job:
        """The job with the resources it gets here, given the bytes it will read."""

    @abstractmethod
    def run(self, context: dg.AssetExecutionContext, order: Order) -> None:
        """Runs the job to its end and shows its messages; JobFailed if it fails.

        When the Dagster run is cancelled, so is the job.
        """


class DetachedLauncher(Launcher):
    """A launcher whose jobs are processes of their own, which outlive the step if they must.

    A handle is plain JSON: whoever has it can ask after the job, also from another process.
    """

    poll_seconds: float = 0.1

    @abstractmethod
    def submit(self, order: Order, environment: Mapping[str, str]) -> Mapping[str, Any]:
        """Starts the job with these environment variables and returns its handle at once."""

    @abstractmethod
    def state(self, handle: Mapping[str, Any]) -> State:
        """How the job is now."""

    @abstractmethod
    def cancel(self, handle: Mapping[str, Any]) -> None:
        """Ends the job and all its processes; harmless if it is over."""

    def run(self, context: dg.AssetExecutionContext, order: Order) -> None:
        order.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (order.folder / "job.json").write_text(json.dumps(order.job.to_json()), encoding="utf-8")
        messages = str(order.folder / "messages.jsonl")
        with dg.open_pipes_session(
            context.op_execution_context,
            context_injector=dg.PipesFileContextInjector(str(order.folder / "context.json")),
            message_reader=dg.PipesFileMessageReader(messages, cleanup_file=False),
            extras={"job": order.job.to_json(), "folder": str(order.folder)},
        ) as session:
            handle = self.submit(order, session.get_bootstrap_env_vars())
            try:
                state = self.state(handle)
                while state.phase == "running":
                    time.sleep(self.poll_seconds)
                    state = self.state(handle)
            except BaseException:
                self.cancel(handle)
                raise
        if state.phase == "failed":
            raise JobFailed(state.reason)
