"""A session whose executors run on a Spark cluster, and what only goes wrong there."""

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from spark.files import is_url
from spark.session import start_session
from spark.thrown import thrown_by
from spark.transform_error import TransformError

_LOST = re.compile(r"ExecutorLostFailure \(executor \S+ exited [^)]*\) Reason: ([^\n]*)")
_MEMORY = re.compile(r"code (52|137)\b|memory limits|OOM")
_OUT_OF_SIGHT = re.compile(
    r"FileNotFound|NoSuchFile|FAILED_READ_FILE|PATH_NOT_FOUND|Mkdirs failed|Permission denied|"
    r" but wrote "
)
_TICK_SECONDS = 1.0


class ClusterError(Exception):
    """The cluster failed the job; one sentence, and what the failure is of."""

    def __init__(self, sentence: str, kind: Literal["spark", "memory"], *, transient: bool) -> None:
        super().__init__(sentence)
        self.kind: Literal["spark", "memory"] = kind
        self.transient = transient


@contextmanager
def session_on(
    name: str, conf: Mapping[str, str], lake: str, report: Callable[[str], None]
) -> Iterator[SparkSession]:
    """A session named for its asset. ClusterError if its cluster lets it down within the block.

    Where Spark's master is this process, or whoever started it has chosen one, it is just that.
    """
    session = start_session(name, conf)
    if is_local(conf):
        yield session
        return
    with _watching(session, conf, report) as patience:
        try:
            yield session
        except (PySparkException, Py4JError, TransformError, OSError) as error:
            if patience.is_over:
                raise ClusterError(patience.sentence, "spark", transient=True) from error
            found = lost_executors(error) or _unseen(session, lake, error)
            if found is None:
                raise
            raise found from error


def is_local(conf: Mapping[str, str]) -> bool:
    """Whether nothing in the settings of a job says that its executors run elsewhere."""
    return conf.get("spark.master", "local").startswith("local")


@dataclass
class Patience:
    """How long a job waits for its first executor, or for another when it has lost them all."""

    size: str
    says_after: float = 10
    ends_after: float = 600
    is_over: bool = False
    _since: float | None = None
    _has_said: bool = False

    @property
    def sentence(self) -> str:
        return (
            f"The cluster gave the job no executor {self.size} within {self.ends_after / 60:.0f} "
            "minutes; wait until it is less busy, give it more workers, or ask for less with "
            "spark_conf={'spark.executor.memory': ...} in its declaration."
        )

    def look(self, now: float, *, lacks_executors: bool) -> Literal["", "says", "ends"]:
        """What there is to be done about a job that has work, and no executor to do it."""
        if not lacks_executors:
            self._since, self._has_said = None, False
            return ""
        self._since = now if self._since is None else self._since
        if now - self._since > self.ends_after:
            self.is_over = True
            return "ends"
        if now - self._since > self.says_after and not self._has_said:
            self._has_said = True
            return "says"
        return ""


@contextmanager
def _watching(
    session: SparkSession, conf: Mapping[str, str], report: Callable[[str], None]
) -> Iterator[Patience]:
    context, over = session.sparkContext, threading.Event()
    memory, cores = conf.get("spark.executor.memory", "1g"), conf.get("spark.executor.cores", "1")
    patience = Patience(f"with {memory} and {cores} core{'' if cores == '1' else 's'}")

    def watch() -> None:
        while not over.wait(_TICK_SECONDS):
            try:
                lacks = bool(context.statusTracker().getActiveStageIds()) and not _executors(
                    session
                )
                word = patience.look(time.monotonic(), lacks_executors=lacks)
                if word == "ends":
                    context.cancelAllJobs()
            except (Py4JError, OSError):  # the JVM has died, which the block itself will notice
                return
            if word == "says":
                report(
                    f"waiting for an executor {patience.size}: the cluster has none to give; it is "
                    "busy, or too small"
                )

    watcher = threading.Thread(target=watch, name="executors", daemon=True)
    watcher.start()
    try:
        yield patience
    finally:
        over.set()
        watcher.join()


def _executors(session: SparkSession) -> int:
    spark: Any = session.sparkContext._jsc  # noqa: SLF001
    return len(spark.sc().statusTracker().getExecutorInfos()) - 1  # the driver is among them


def lost_executors(error: BaseException) -> ClusterError | None:
    """Whether tasks failed because their executors died under them."""
    thrown = thrown_by(error)
    found = (_LOST.search(each.text) for each in thrown)
    reason = next((match[1] for match in found if match), None)
    if any("OutOfMemoryError" in each.name for each in thrown):
        reason = "OOM"  # not the driver's, which would not have lived to tell
    if reason is None:
        return None
    if _MEMORY.search(reason):
        return ClusterError(
            "An executor of the job ran out of memory; give it more with SENIORLINK_JOB_MEMORY, or "
            "spark_conf={'spark.executor.memory': ...} in its declaration.",
            "memory",
            transient=False,
        )
    return ClusterError(
        "The job lost its executors again and again while the same task ran; see the logs of the "
        "cluster's workers, then materialize again.",
        "spark",
        transient=True,
    )


def _unseen(session: SparkSession, lake: str, error: BaseException) -> ClusterError | None:
    """Whether an error came of a worker that has another folder, or none, where the lake is."""
    if is_url(lake) or not any(_OUT_OF_SIGHT.search(each.text) for each in thrown_by(error)):
        return None
    try:
        blind = _blind_workers(session, lake)
    except (PySparkException, Py4JError, OSError):
        return None
    if not blind:
        return None
    return ClusterError(
        f"The lake {lake} cannot be read and written on {', '.join(blind)}, where executors of the "
        "job ran; mount it there under the same path, or use a lake in s3:// or hdfs://.",
        "spark",
        transient=False,
    )


def _blind_workers(session: SparkSession, lake: str) -> list[str]:
    executors = _executors(session)
    if not executors:
        return []
    folder = Path(lake, f".seen-{uuid4().hex}")
    folder.mkdir(parents=True)

    def look(_: Iterable[int]) -> Iterator[str]:
        if not os.access(folder, os.W_OK):
            yield socket.gethostname()

    try:
        tasks = 4 * max(executors, session.sparkContext.defaultParallelism)
        return sorted(
            {*session.sparkContext.range(0, tasks, 1, tasks).mapPartitions(look).collect()}
        )
    finally:
        folder.rmdir()
