"""The double as a process: apart from what it is asked by, and gone when its parent is."""

import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.processes import members
from assets_tests.doubles.aws.running import REPOSITORY, Double

PARENT = """
import sys
from pathlib import Path
from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.running import Double
from assets_tests.doubles.aws.serverless import Serverless

aws = Double(Path(sys.argv[1]))
aws.reset()
Serverless(aws).start("# no-spark\\nimport time\\ntime.sleep(60)")
(job,) = until(lambda: aws.jobs, lambda jobs: jobs and jobs[0]["pid"])
print(job["folder"], flush=True)
sys.stdin.read()
"""


def test_it_ends_with_its_parent_and_takes_its_jobs_along(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    folder = parent.stdout.readline().strip()
    before = len(members(folder))

    parent.kill()

    parent.communicate()
    until(lambda: members(folder), lambda left: left == [])
    assert before == 1


def test_it_outlives_a_client_that_is_killed(aws: Double) -> None:
    script = "import boto3; boto3.client('s3').list_buckets(); print(1, flush=True); input()"
    client = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, **aws.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert client.stdout is not None
    client.stdout.readline()

    client.send_signal(signal.SIGKILL)

    client.communicate()
    assert aws.client("s3").list_buckets()["Buckets"]


def test_it_is_made_for_this_moto() -> None:
    assert version("moto") == "5.2.5"
