"""The output of drivers, where the services put it."""

import gzip
import time
from typing import TYPE_CHECKING

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.logs.models import logs_backends

from assets_tests.doubles.aws.s3 import split

if TYPE_CHECKING:
    from assets_tests.doubles.aws.jobs import Job

NAMES = ("stdout", "stderr")


def ship_to_s3(job: "Job", folder: str) -> None:
    """Writes stdout.gz and stderr.gz below a URL."""
    for name in NAMES:
        ship_text(job, f"{folder}/{name}.gz", job.output(name))


def ship_text(job: "Job", url: str, text: str) -> None:
    """Writes one compressed log, if the job itself may write there."""
    bucket, key = split(url)
    if bucket in job.s3.buckets() and job.work.policy.writes(bucket, key):
        job.s3.put(bucket, key, gzip.compress(text.encode()))


def ship_to_cloudwatch(job: "Job", region: str, group: str, stream: str) -> None:
    """Writes stdout and stderr as events of two streams."""
    for name in NAMES:
        put_events(region, group, f"{stream}/{name}", job.output(name))


def put_events(region: str, group: str, stream: str, text: str) -> None:
    """One event per line."""
    backend = logs_backends[DEFAULT_ACCOUNT_ID][region]
    if group not in backend.groups:
        backend.create_log_group(group, {})
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    now = int(time.time() * 1000)
    lines = text.splitlines()
    if lines:
        events = [{"timestamp": now, "message": line} for line in lines]
        backend.put_log_events(group, stream, events)
