"""Many jobs in flight from one process: how much memory that takes, and how many requests."""

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assets_tests.doubles.aws.running import BUCKET, Double
from assets_tests.launchers.remote_jobs import RemoteJobs, emr_serverless
from seniorlink_assets.launchers.emr_serverless import QUOTAS

WAITS = f"""
job.log("it waits")
while driver.read("s3://{BUCKET}/go on") is None:
    driver.sleep(1)
"""
SUBMITTED_PER_SECOND = 8.0
"""Submitting 200 jobs at an account's usual pace takes minutes, in which nothing is learned."""


def main(folder: Path, count: int, watched_seconds: float) -> None:
    """Has so many jobs run together, and prints what that took as JSON."""
    with Double(folder / "double") as double:
        double.reset()
        os.environ.update(double.environment)
        print(json.dumps(measured(double, folder, count, watched_seconds)))  # noqa: T201


def measured(double: Double, folder: Path, count: int, watched_seconds: float) -> Mapping[str, Any]:
    service = emr_serverless(double, folder)
    service.quotas = {**QUOTAS, "start_job_run": (SUBMITTED_PER_SECOND, 20.0)}
    jobs = RemoteJobs(double, folder, service)
    jobs.ship(WAITS)
    orders = [jobs.order() for _ in range(count)]
    ran = [jobs.new(order.papers) for order in orders]
    threads = [
        threading.Thread(target=jobs.give, args=given) for given in zip(orders, ran, strict=True)
    ]
    for thread in threads:
        thread.start()
    in_flight = 0
    while in_flight < count and any(thread.is_alive() for thread in threads):
        time.sleep(1)
        in_flight = len(jobs.at_work)
    submitting = double.counters
    double.forget_counters()
    time.sleep(watched_seconds)
    waiting = double.counters
    double.forget_counters()
    jobs.s3.put_object(Bucket=BUCKET, Key="go on", Body=b"")
    for thread in threads:
        thread.join()
    names = [job["name"] for job in double.jobs]
    return {
        "in flight": in_flight,
        "job runs": len(names),
        "names": len({*names}),
        "succeeded": sum(each.error is None for each in ran),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "waiting, per second": {
            name: round(count["requests"] / watched_seconds, 2) for name, count in waiting.items()
        },
        "busiest second": {
            phase: {name: count["peak"] for name, count in counted.items()}
            for phase, counted in (
                ("submitting", submitting),
                ("waiting", waiting),
                ("ending", double.counters),
            )
        },
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
