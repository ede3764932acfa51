"""Run one Spark job somewhere, and judge it: the small interface that all launchers share."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import dagster as dg

from seniorlink_assets.launchers.explanation import Explanation, explain
from seniorlink_assets.launchers.messages import JobMessages
from seniorlink_assets.launchers.papers import Papers, exit_code
from seniorlink_assets.sentence import SentenceError
from spark.contract.job import Job

LOOPBACK = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}
"""What keeps a Spark of this machine to this machine."""


Handle = Mapping[str, Any]
"""What a launcher knows a job by, as plain JSON."""

Context = dg.AssetExecutionContext

Submitted = Callable[[Handle], None]
"""Is told the handle of a job as soon as it has one."""


class JobFailed(SentenceError):
    """A job that ended without committing; the text is one sentence for a person.

    `transient` says whether the very same job may succeed when it is tried again.
    """

    def __init__(
        self, sentence: str, *, transient: bool = False, explanation: Explanation | None = None
    ) -> None:
        super().__init__(sentence)
        self.transient, self.explanation = transient, explanation


class NotEnded(JobFailed):
    """A job that could not be ended and may still be at work; the ledger keeps it as an orphan."""


@dataclass(frozen=True)
class Order:
    """What a launcher is given: the job, the checkout it comes from, the place of its papers.

    `seconds` is how long it may take, None for ever.
    """

    job: Job
    root: Path
    papers: Papers
    seconds: float | None = None


@dataclass(frozen=True)
class State:
    """How a job is; `reason` says why it failed, `transient` whether another try may succeed."""

    phase: Literal["running", "succeeded", "failed"]
    reason: str = ""
    transient: bool = False
    explanation: Explanation | None = None


class Launcher(ABC):
    """A place where Spark jobs run.

    A job is known by its papers and a handle of plain JSON: whoever has both can ask after it, also
    from another process.
    """

    name: str

    @abstractmethod
    def prepare(self, job: Job, bytes: int) -> Job:
        """The job with the resources it gets here, given the bytes it will read."""

    @abstractmethod
    def run(self, context: Context, order: Order, submitted: Submitted) -> None:
        """Submits the job, tells its handle, and follows it; cancels it when interrupted.

        JobFailed if it fails.
        """

    @abstractmethod
    def follow(
        self, context: Context, papers: Papers, handle: Handle, seconds: float | None
    ) -> None:
        """Shows the messages of a job that was submitted before, until it is over.

        JobFailed if it fails or takes longer; it is then ended. An interrupt leaves it alone.
        """

    @abstractmethod
    def find(self, papers: Papers) -> Handle | None:
        """The handle of the job with these papers; None if it was never submitted."""

    @abstractmethod
    def state(self, papers: Papers, handle: Handle) -> State:
        """How the job is now."""

    @abstractmethod
    def cancel(self, papers: Papers, handle: Handle) -> None:
        """Ends the job and all its processes; harmless if it is over."""


class DetachedLauncher(Launcher):
    """A launcher whose jobs are processes of their own, which outlive the step if they must."""

    poll_seconds: float = 0.1

    @abstractmethod
    def submit(self, order: Order, environment: Mapping[str, str]) -> Handle:
        """Starts the job with these environment variables and returns its handle at once."""

    @abstractmethod
    def describe(self, handle: Handle) -> str:
        """Which process a job is, in a sentence."""

    @abstractmethod
    def clear(self, papers: Papers) -> None:
        """Removes what nobody needs of a job that is over."""

    def run(self, context: Context, order: Order, submitted: Submitted) -> None:
        papers, folder = order.papers, order.papers.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "job.json").write_text(json.dumps(order.job.to_json()), encoding="utf-8")
        try:
            with dg.open_pipes_session(
                context.op_execution_context,
                context_injector=dg.PipesFileContextInjector(str(folder / "context.json")),
                message_reader=JobMessages(folder / "messages.jsonl"),
                extras={"job": order.job.to_json(), "folder": str(folder)},
            ) as session:
                handle = self.submit(order, session.get_bootstrap_env_vars())
                try:
                    submitted(handle)
                    context.log.info(self.describe(handle))
                    state = self._end_of(papers, handle, order.seconds)
                except BaseException:
                    self.cancel(papers, handle)
                    raise
        finally:
            self.clear(papers)
        raise_if_failed(state)

    def follow(
        self, context: Context, papers: Papers, handle: Handle, seconds: float | None
    ) -> None:
        with dg.open_pipes_session(
            context.op_execution_context,
            context_injector=dg.PipesEnvContextInjector(),
            message_reader=JobMessages(papers.folder / "messages.jsonl"),
        ):
            state = self._end_of(papers, handle, seconds)
        self.clear(papers)
        raise_if_failed(state)

    def _end_of(self, papers: Papers, handle: Handle, seconds: float | None) -> State:
        deadline = None if seconds is None else time.monotonic() + max(seconds, 0)
        while (state := self.state(papers, handle)).phase == "running":
            if deadline is not None and time.monotonic() > deadline:
                self.cancel(papers, handle)
                raise too_long(papers)
            time.sleep(self.poll_seconds)
        return state


def too_long(papers: Papers) -> JobFailed:
    """A job that was ended because its time was over."""
    sentence = (
        "The job was ended because it took longer than its timeout; see in "
        f"{papers.where} how far it was, and give it more time or less to do."
    )
    found = replace(
        explain(papers, exit_code(papers)),
        sentence=sentence,
        kind="timeout",
        transient=False,
        remedy="",
    )
    return JobFailed(sentence, explanation=found)


def raise_if_failed(state: State) -> None:
    """JobFailed if it did."""
    if state.phase == "failed":
        raise JobFailed(state.reason, transient=state.transient, explanation=state.explanation)
