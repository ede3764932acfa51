"""The life of a job that runs at a service, which goes on whoever follows it."""

import hashlib
import json
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import dagster as dg
from dagster_pipes import PipesContextData, PipesParams

from seniorlink_assets.deploy import Shipped
from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.base import (
    Context,
    Handle,
    JobFailed,
    Launcher,
    Order,
    State,
    Submitted,
    raise_if_failed,
    too_long,
)
from seniorlink_assets.launchers.diagnosis import LOG, LOG_BYTES, diagnose
from seniorlink_assets.launchers.ending import end, is_new, not_ended
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.s3_messages import StoredMessages
from seniorlink_assets.launchers.service import LOST, Command, Service, ServiceState
from seniorlink_assets.launchers.submitting import CONTEXT, find_submitted, submit_once
from seniorlink_assets.launchers.waiting import end_of
from seniorlink_assets.launchers.watch import Watch
from seniorlink_assets.sentence import SentenceError
from seniorlink_assets.storage.base import StorageError
from spark.contract import WHOLE
from spark.contract.job import Job

_OF_SUBMIT = re.compile(
    r"spark\.(driver|executor|dynamicAllocation|emr-serverless|kubernetes|yarn|submit)\."
)
"""Settings that a running Spark does not take any more."""

_DATE = re.compile(rb"(?m)^\d\d/\d\d/\d\d (?=\d\d:\d\d:\d\d )")
"""How EMR begins the lines of a log; ours have the time only."""


@dataclass
class RemoteLauncher(Launcher):
    """Runs jobs at a service. `home` is where this machine keeps what it knows of them.

    `ship` brings the code of a checkout to where jobs find it; `policy` writes the session policy
    of a job; every job gets the `tags`.
    """

    service: Service
    home: Path
    ship: Callable[[Path], Shipped]
    policy: Callable[[Order, Shipped], str | None] = lambda _order, _shipped: None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = self.service.name
        self._watch = Watch(self.home / "watch", self.service)

    def prepare(self, job: Job, bytes: int) -> Job:
        with _as_failures():
            return replace(job, spark_conf=self.service.sized(job, bytes), jvm=None)

    def run(self, context: Context, order: Order, submitted: Submitted) -> None:
        papers = order.papers
        with _as_failures():
            self.service.check()
            shipped = self.ship(order.root)
            order = replace(order, job=replace(order.job, code_package=shipped.hash))
            command = self._command(context, order, shipped)
            papers.put("job.json", json.dumps(order.job.to_json()).encode())
        messages = StoredMessages(papers)
        with (
            dg.open_pipes_session(
                context.op_execution_context,
                context_injector=_PapersContext(papers),
                message_reader=messages,
                extras={"job": order.job.to_json(), "folder": papers.where},
            ),
            _as_failures(),
        ):
            deadline, handle = _deadline(order.seconds), None
            try:
                handle = submit_once(context, self.service, command, papers, deadline)
                submitted(handle)
                context.log.info(self.describe(handle))
                state = self._followed(context, papers, handle, messages, deadline)
            except BaseException:
                if handle is not None:
                    self.cancel(papers, handle)
                raise
        self._conclude(context, papers, handle, state)

    def follow(
        self, context: Context, papers: Papers, handle: Handle, seconds: float | None
    ) -> None:
        messages = StoredMessages(papers)
        with (
            dg.open_pipes_session(
                context.op_execution_context,
                context_injector=dg.PipesEnvContextInjector(),
                message_reader=messages,
            ),
            _as_not_ended(handle, papers),
        ):
            context.log.info(self.describe(handle))
            state = self._followed(context, papers, handle, messages, _deadline(seconds))
        self._conclude(context, papers, handle, state)

    def find(self, papers: Papers) -> Handle | None:
        return find_submitted(self.service, papers)

    def state(self, papers: Papers, handle: Handle) -> State:
        state = self.service.state(handle)
        if state is None and is_new(handle):
            return State("running")
        return self._judged(papers, handle, state or ServiceState("failed", LOST))

    def cancel(self, papers: Papers, handle: Handle) -> None:
        end(self.service, papers, handle)

    def describe(self, handle: Handle) -> str:
        links = "".join(f"; {name}: {url}" for name, url in self.service.links(handle).items())
        return f"The job is {handle['id']} of {self.service.name} {self.service.place}{links}"

    def _command(self, context: Context, order: Order, shipped: Shipped) -> Command:
        job = order.job
        name = job_name(job.contract.key, job.attempt, self.service.longest_name)
        days = job.partitions
        return Command(
            name=name,
            run_id=context.run.run_id,
            token=hashlib.sha256(name.encode()).hexdigest(),
            entry=shipped.entry_url,
            code=shipped.code_url,
            arguments=(order.papers.where,),
            conf={
                setting: value
                for setting, value in job.spark_conf.items()
                if _OF_SUBMIT.match(setting)
            },
            tags={
                **self.tags,
                "seniorlink:table": job.contract.key,
                "seniorlink:attempt": job.attempt,
                "seniorlink:run": context.run.run_id,
                "seniorlink:partitions": days[0]
                if len(days) == 1
                else f"{days[0]}..{days[-1]} ({len(days)})",
            },
            minutes=None if order.seconds is None else max(math.ceil(order.seconds / 60) + 5, 5),
            policy=self.policy(order, shipped),
            logging=_logging(order.root),
        )

    def _followed(
        self,
        context: Context,
        papers: Papers,
        handle: Handle,
        messages: StoredMessages,
        deadline: float,
    ) -> ServiceState:
        state = end_of(context, self._watch, handle, messages, deadline)
        if state is not None:
            return state
        self.cancel(papers, handle)
        self._keep_log(papers, handle)
        raise too_long(papers)

    def _conclude(
        self, context: Context, papers: Papers, handle: Handle, state: ServiceState
    ) -> None:
        """JobFailed if the job has failed; what it cost is told either way."""
        try:
            self._tell_cost(context, papers, handle)
        except (SentenceError, OSError) as error:
            context.log.warning(f"What the job has cost is not known: {error}")
        with _as_failures():
            judged = self._judged(papers, handle, state)
        raise_if_failed(judged)

    def _tell_cost(self, context: Context, papers: Papers, handle: Handle) -> None:
        """Told with the first partition of a range only: it is the cost of all of them."""
        said = json.loads(papers.read("job.json") or b"{}")
        cost = self.service.cost(handle, said.get("spark_conf", {}))
        pages = {
            name: dg.MetadataValue.url(url) for name, url in self.service.links(handle).items()
        }
        first = min(said.get("fingerprints") or [WHOLE])
        partition = first if context.has_partition_key or context.has_partition_key_range else None
        if partition is None or partition in context.partition_keys:
            told = {"job": dg.MetadataValue.text(handle["id"]), **pages, **cost}
            context.add_asset_metadata(told, partition_key=partition)

    def _judged(self, papers: Papers, handle: Handle, state: ServiceState) -> State:
        if not state.is_over:
            return State("running")
        if state.phase == "succeeded":
            return State("succeeded")
        self._keep_log(papers, handle)
        found = diagnose(papers, state)
        return State("failed", found.sentence, found.transient, found)

    def _keep_log(self, papers: Papers, handle: Handle) -> None:
        """Puts the end of the driver's log with the papers, if it can be had."""
        with suppress(SentenceError, OSError):
            if papers.tail(LOG, 1) is None and (log := self.service.log(handle, LOG_BYTES)):
                papers.put(LOG, _DATE.sub(b"", log))


class _PapersContext(dg.PipesContextInjector):
    """Leaves the context with the papers, where a job finds it that knows where those are."""

    def __init__(self, papers: Papers) -> None:
        self._papers = papers

    @contextmanager
    def inject_context(self, context_data: PipesContextData) -> Iterator[PipesParams]:
        with _as_failures():
            self._papers.put(CONTEXT, json.dumps(context_data).encode())
        yield {}

    def no_messages_debug_text(self) -> str:
        return f"A job is told what to do by {self._papers.where}/{CONTEXT}."


@contextmanager
def _as_failures() -> Iterator[None]:
    """Lets Dagster try again what may succeed then."""
    try:
        yield
    except (AwsError, StorageError) as error:
        raise JobFailed(f"{error}.", transient=error.transient) from error


@contextmanager
def _as_not_ended(handle: Handle, papers: Papers) -> Iterator[None]:
    """Lets nobody take a job for over whose service does not say how it is."""
    try:
        yield
    except AwsError as error:
        raise not_ended(papers, handle, str(error)) from error


def _deadline(seconds: float | None) -> float:
    return math.inf if seconds is None else time.monotonic() + max(seconds, 0)


def _logging(root: Path) -> Mapping[str, str]:
    """The settings in the log4j2.properties of a checkout."""
    lines = (root / "spark" / "log4j2.properties").read_text(encoding="utf-8").splitlines()
    settings = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in settings}


def job_name(key: str, attempt: str, longest: int) -> str:
    """What a job is called at its service; an attempt is nobody else's."""
    return f"{key[: longest - len(attempt) - 1]}#{attempt}"
