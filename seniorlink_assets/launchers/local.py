"""Jobs as processes of this machine, each with a JVM of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seniorlink_assets.launchers.aot import cache_options
from seniorlink_assets.launchers.base import LOOPBACK, Handle, Order
from seniorlink_assets.launchers.java import java
from seniorlink_assets.launchers.pool import Pool, PoolBusy
from seniorlink_assets.launchers.process import ProcessLauncher, job_lock, scratch
from seniorlink_assets.launchers.sizing import sized
from spark.contract.job import Job
from spark.contract.jvm import Jvm


@dataclass
class LocalLauncher(ProcessLauncher):
    """Runs jobs as processes with `memory` of Java heap and `cores` task threads each.

    With a pool, a job gets a driver and a JVM that were prepared, where there is room for it.
    """

    memory: str
    cores: int
    pool: Pool | None = None
    name = "local"

    def prepare(self, job: Job, bytes: int) -> Job:
        runtime = java()
        conf = {**sized(bytes, self.memory, self.cores), **LOOPBACK, **job.spark_conf}
        options = conf["spark.driver.extraJavaOptions"].split()
        jvm = Jvm(
            java=str(runtime.executable),
            jars=str(runtime.jars),
            memory=conf["spark.driver.memory"],
            options=(*options, *cache_options(runtime)),
        )
        return replace(job, spark_conf=conf, jvm=jvm)

    def submit(self, order: Order, environment: Mapping[str, str]) -> Handle:
        place = str(scratch(order.papers))
        variables = {
            **java().environment,
            **environment,
            "PYTHONPATH": str(order.root),
            "SPARK_LOCAL_DIRS": place,
            "TMPDIR": place,
        }
        with job_lock(order.papers) as lock:
            own = "with a JVM of its own"
            if self.pool is not None:
                try:
                    pid = self.pool.submit(order, variables, lock)
                    return {"pid": pid, "jvm": "with a warm JVM"}
                except (PoolBusy, OSError) as error:
                    own = f"{own}, for no warm one can be had ({error})"
            pid = self.start(order.papers, "spark.run", variables, lock)
        return {"pid": pid, "jvm": own}

    def describe(self, handle: Handle) -> str:
        return f"The job is process {handle['pid']}, {handle['jvm']}"
