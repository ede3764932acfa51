"""The transform in the step's own process, for a debugger: nothing is isolated here."""

import fcntl
import os
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from dagster_pyspark import LazyPySparkResource
from pyspark.sql import SparkSession

from seniorlink_assets.launchers.aot import cache_options
from seniorlink_assets.launchers.base import (
    LOOPBACK,
    Context,
    Handle,
    JobFailed,
    Launcher,
    Order,
    State,
    Submitted,
)
from seniorlink_assets.launchers.explanation import explain
from seniorlink_assets.launchers.java import java
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.processes import LOCK, is_running
from spark.compute import compute
from spark.contract.job import Job
from spark.contract.jvm import Jvm
from spark.failure import describe, record
from spark.gateway import Gateway, start_gateway
from spark.landing import READ_CONF
from spark.session import DEFAULTS, hush


@dataclass
class InlineLauncher(Launcher):
    """Runs jobs in this process, one after the other, in a session of dagster-pyspark."""

    memory: str
    name = "inline"

    def prepare(self, job: Job, bytes: int) -> Job:
        runtime = java()
        conf = {
            **DEFAULTS,
            **(READ_CONF if job.reads_landing else {}),
            "spark.master": "local[1]",
            **LOOPBACK,
            "spark.sql.shuffle.partitions": "1",
            **job.spark_conf,
        }
        options = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *cache_options(runtime))
        jvm = Jvm(str(runtime.executable), str(runtime.jars), self.memory, options)
        return replace(job, spark_conf=conf, jvm=jvm)

    def run(self, context: Context, order: Order, submitted: Submitted) -> None:
        papers, folder = order.papers, order.papers.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        job, root = order.job, order.root / "spark"
        sys.path.insert(0, str(order.root))
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            submitted({"pid": os.getpid()})
            try:
                compute(_session(job, folder), job, root, context.log.info)
            except Exception as error:
                sentence = describe(error, root, None)
                record(folder, error, sentence, None)
                raise JobFailed(sentence, explanation=explain(papers, 1)) from error
            finally:
                sys.path.remove(str(order.root))

    def follow(
        self, context: Context, papers: Papers, handle: Handle, seconds: float | None
    ) -> None:
        # It ends with its process, and leaves its manifests or nothing.
        with (papers.folder / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)

    def find(self, papers: Papers) -> Handle | None:
        return {} if is_running(papers.folder) else None

    def state(self, papers: Papers, handle: Handle) -> State:
        if is_running(papers.folder):
            return State("running")
        return State("failed", "The process that ran it in a debugger is over.", transient=True)

    def cancel(self, papers: Papers, handle: Handle) -> None:
        """Leaves the process alone, which is somebody's debugger."""


def _session(job: Job, folder: Path) -> SparkSession:
    """A session for one job, on the one Spark of this process, which whoever came first started."""
    hush()
    first = SparkSession.getActiveSession() is None
    if first and job.jvm is not None:
        _start_once(job.jvm, folder)
    spark = LazyPySparkResource(spark_config=dict(job.spark_conf) if first else {})
    session = spark.spark_session.newSession()
    for name, value in job.spark_conf.items():
        if session.conf.isModifiable(name):
            session.conf.set(name, value)
    return session


@cache
def _start_once(jvm: Jvm, folder: Path) -> Gateway:
    gateway = start_gateway(jvm, folder, java().environment)
    gateway.connect()
    return gateway
