"""Drivers that are processes: real spark-submit, or plain Python, beside a mirror of S3."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assets_tests.doubles.aws.mirror import Mirror
from assets_tests.doubles.aws.processes import MARK, files_written, freeze, kill
from assets_tests.doubles.aws.s3 import split
from assets_tests.doubles.aws.spark_submit import spark_command, spark_environment

if TYPE_CHECKING:
    from assets_tests.doubles.aws.jobs import Job


def run_spark(job: "Job") -> int:
    """Runs spark-submit; s3:// is the mirror."""
    work = job.work
    folders = {bucket: job.folder / "s3" / bucket for bucket in job.s3.buckets()}
    command = spark_command(job.folder, work.conf, work.parameters, folders)
    return _run(
        job,
        [*command, work.entry, *work.arguments],
        {**spark_environment(job.folder), **work.environment},
    )


def run_python(job: "Job") -> int:
    """Runs the entry point as it is, beside --py-files; DOUBLE_S3_FOLDER is the mirror."""
    work = job.work
    entry = _fetched(job, work.entry)
    options = dict(zip(work.parameters[::2], work.parameters[1::2], strict=True))
    listed = options.get("--py-files", "")
    libraries = [str(_fetched(job, url)) for url in listed.split(",") if url]
    environment = {
        "PYTHONPATH": ":".join(libraries),
        "DOUBLE_S3_FOLDER": str(job.folder / "s3"),
        **work.environment,
    }
    return _run(job, [sys.executable, str(entry), *work.arguments], environment)


def run_command(
    job: "Job", command: Sequence[str], environment: Mapping[str, str], given: bytes = b""
) -> int:
    """Runs a command that reads S3 over HTTP, if at all; `given` is what it reads from stdin."""
    process = _started(job, command, environment, given)
    while process.poll() is None and not job.stopping.wait(0.02):
        pass
    return _ended(job, process)


def _run(job: "Job", command: Sequence[str], environment: Mapping[str, str]) -> int:
    mirror = Mirror(job.s3, job.work.policy, job.folder / "s3", job.folder.parent / "shared")
    mirror.root.mkdir(parents=True)
    mirror.bring_in()
    mark = str(job.folder)
    process = _started(job, command, environment)
    while process.poll() is None and not job.stopping.is_set():
        begun = time.monotonic()
        mirror.carry_out(lambda: files_written(mark, mirror.root))
        mirror.bring_in()
        if mirror.refusals:
            job.stop("access denied", 1)
        took = time.monotonic() - begun
        job.stopping.wait(max(0.1, 5 * took))
    code = _ended(job, process, mirror)
    for line in [*mirror.refusals, *(mirror.explain(job.output("stderr")) if code else ())]:
        job.refusals.append(line)
        job.say(line, error=True)
    shutil.rmtree(mirror.root)
    return 1 if mirror.refusals and code == 0 else code


def _started(
    job: "Job", command: Sequence[str], environment: Mapping[str, str], given: bytes = b""
) -> subprocess.Popen:
    (job.folder / "tmp").mkdir(exist_ok=True)
    (job.folder / "stdin").write_bytes(given)
    variables = {
        "PATH": os.defpath,
        "HOME": str(job.folder),
        "TMPDIR": str(job.folder / "tmp"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        **environment,
        MARK: str(job.folder),
    }
    with (
        (job.folder / "stdin").open("rb") as source,
        (job.folder / "stdout").open("ab") as output,
        (job.folder / "stderr").open("ab") as errors,
    ):
        process = subprocess.Popen(
            command,
            cwd=job.folder,
            env=variables,
            stdin=source,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
    job.pid = process.pid
    return process


def _ended(job: "Job", process: subprocess.Popen, mirror: Mirror | None = None) -> int:
    """Sees a driver to its end, and to what it wrote being in S3; returns its exit code."""
    mark = str(job.folder)
    if process.poll() is None and job.stopped not in ("killed", "lost"):
        process.terminate()
        deadline = time.monotonic() + job.grace
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
    lives = process.poll() is None
    if lives:
        freeze(mark)
        if mirror is not None:
            mirror.carry_out(lambda: files_written(mark, mirror.root))
    kill(mark, process)
    code = process.returncode
    if mirror is not None and not lives:
        mirror.carry_out(set, killed=code < 0 or bool(job.stopped))
    return code if code >= 0 else 128 - code


def _fetched(job: "Job", url: str) -> Path:
    bucket, key = split(url)
    content = job.s3.read(bucket, key) if job.work.policy.gets(bucket, key) else None
    if content is None:
        raise FileNotFoundError(url)
    path = job.folder / key.rpartition("/")[2]
    path.write_bytes(content)
    return path
