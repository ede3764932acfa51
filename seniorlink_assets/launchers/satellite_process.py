"""Satellites as processes of this machine: the script that services run elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seniorlink_assets.environments import process_environment
from seniorlink_assets.launchers.base import Handle, Order
from seniorlink_assets.launchers.process import ProcessLauncher, job_lock, scratch
from spark.contract.job import Job


@dataclass
class SatelliteProcess(ProcessLauncher):
    """Runs each satellite as a process."""

    name = "satellite-process"

    def prepare(self, job: Job, bytes: int) -> Job:
        return replace(job, jvm=None)

    def submit(self, order: Order, environment: Mapping[str, str]) -> Handle:
        variables = {
            **process_environment(),
            **environment,
            "PYTHONPATH": str(order.root),
            "TMPDIR": str(scratch(order.papers)),
        }
        with job_lock(order.papers) as lock:
            return {"pid": self.start(order.papers, "spark.satellite", variables, lock)}

    def describe(self, handle: Handle) -> str:
        return f"The job is process {handle['pid']}, without Spark"
