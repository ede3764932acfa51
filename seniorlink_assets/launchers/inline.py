"""The transform in the step's own process, for a debugger: nothing is isolated here."""

import subprocess
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import dagster as dg
from dagster_pyspark import LazyPySparkResource
from pyspark.sql import SparkSession

from seniorlink_assets.launchers.base import JobFailed, Launcher, Order
from seniorlink_assets.launchers.java import java
from spark.compute import compute
from spark.contract.job import Job, Jvm, LandingInput
from spark.failure import describe
from spark.gateway import start_gateway
from spark.landing import READ_CONF
from spark.session import DEFAULTS


@dataclass
class InlineLauncher(Launcher):
    """Runs jobs in this process, one after the other, in a session of dagster-pyspark."""

    memory: str

    def prepare(self, job: Job, bytes: int) -> Job:
        runtime = java()
        reads_landing = any(isinstance(given, LandingInput) for given in job.inputs.values())
        conf = {
            **DEFAULTS,
            **(READ_CONF if reads_landing else {}),
            "spark.master": "local[1]",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "1",
            **job.spark_conf,
        }
        jvm = Jvm(str(runtime.executable), str(runtime.jars), self.memory)
        return replace(job, spark_conf=conf, jvm=jvm)

    def run(self, context: dg.AssetExecutionContext, order: Order) -> None:
        order.folder.mkdir(parents=True, exist_ok=True)
        own = SparkSession.getActiveSession() is None
        if own and order.job.jvm is not None:
            _start_once(order.job.jvm, order.folder)
        sys.path.insert(0, str(order.root))
        spark = LazyPySparkResource(spark_config=dict(order.job.spark_conf))
        try:
            compute(spark.spark_session, order.job, order.root / "spark", context.log.info)
        except Exception as error:
            raise JobFailed(describe(error, order.root / "spark", None)) from error
        finally:
            sys.path.remove(str(order.root))
            if own:
                spark.spark_session.stop()


@cache
def _start_once(jvm: Jvm, folder: Path) -> subprocess.Popen:
    return start_gateway(jvm, folder, java().environment)
