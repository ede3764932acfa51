"""What a driver that is a process sees of S3, and what S3 sees of it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.processes import members
from assets_tests.doubles.aws.running import BUCKET, Double
from assets_tests.doubles.aws.serverless import Serverless

BEGIN = """# no-spark
import os, pathlib, sys, time
lake = pathlib.Path(os.environ["DOUBLE_S3_FOLDER"], "lake")

def wait_for(name):
    while not (lake / name).exists():
        time.sleep(0.02)

"""


@pytest.fixture
def application(aws: Double) -> Serverless:
    return Serverless(aws)


def put(aws: Double, key: str, body: bytes = b"x") -> None:
    aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)


def get(aws: Double, key: str) -> bytes | None:
    try:
        return aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    except ClientError:
        return None


def appears(aws: Double, key: str) -> bytes:
    return until(lambda: get(aws, key), lambda body: body is not None)


def allow(reads: str, writes: str) -> dict[str, str]:
    statements = [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": [f"arn:aws:s3:::{BUCKET}/{reads}", f"arn:aws:s3:::{BUCKET}/entries/*"],
        },
        {
            "Effect": "Allow",
            "Action": ["s3:PutObject", "s3:DeleteObject"],
            "Resource": f"arn:aws:s3:::{BUCKET}/{writes}",
        },
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{BUCKET}",
            "Condition": {"StringLike": {"s3:prefix": [reads]}},
        },
    ]
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": statements})}


def test_a_driver_reads_what_is_there_and_writes_what_is_new(
    aws: Double, application: Serverless
) -> None:
    put(aws, "in/a.txt", b"1")

    run_id = application.start(
        BEGIN + "(lake / 'out.txt').write_text((lake / 'in/a.txt').read_text() + sys.argv[1])", "2"
    )

    assert application.ended(run_id)["state"] == "SUCCESS"
    assert get(aws, "out.txt") == b"12"


def test_what_a_driver_writes_streams_out_and_what_others_write_streams_in(
    aws: Double, application: Serverless
) -> None:
    run_id = application.start(BEGIN + "(lake / '1').touch(); wait_for('2')")
    appears(aws, "1")

    put(aws, "2")

    assert application.ended(run_id)["state"] == "SUCCESS"


def test_a_file_is_not_seen_before_it_is_closed(aws: Double, application: Serverless) -> None:
    source = "half = (lake / 'half').open('w'); half.write('x'); half.flush()\n"
    source += "(lake / 'begun').touch(); wait_for('go'); half.close()"
    run_id = application.start(BEGIN + source)
    appears(aws, "begun")

    during = get(aws, "half")
    put(aws, "go")

    application.ended(run_id)
    assert (during, get(aws, "half")) == (None, b"x")


@pytest.mark.parametrize("how", ["cancel", "kill -9"])
def test_what_a_driver_had_not_closed_when_it_was_ended_is_lost(
    aws: Double, application: Serverless, how: str
) -> None:
    source = "half = (lake / 'half').open('w'); half.write('x'); half.flush()\n"
    source += "(lake / 'begun').touch(); time.sleep(60)"
    run_id = application.start(BEGIN + source)
    appears(aws, "begun")

    if how == "cancel":
        application.cancel(run_id)
    else:
        os.kill(aws.jobs[0]["pid"], 9)

    state = application.ended(run_id)["state"]
    assert state == ("CANCELLED" if how == "cancel" else "FAILED")
    assert get(aws, "half") is None


def test_two_jobs_at_once_do_not_undo_each_other(aws: Double, application: Serverless) -> None:
    for name in ("kept", "changed", "removed"):
        put(aws, name, b"0")
    first = application.start(BEGIN + "(lake / 'begun').touch(); wait_for('over')")
    appears(aws, "begun")
    second = application.start(
        BEGIN + "(lake / 'changed').write_text('1'); (lake / 'removed').unlink()"
    )
    application.ended(second)

    put(aws, "over")

    application.ended(first)
    assert [get(aws, name) for name in ("kept", "changed", "removed")] == [b"0", b"1", None]


def test_what_a_driver_may_not_read_is_not_there_and_its_log_says_why(
    aws: Double, application: Serverless
) -> None:
    put(aws, "mine/a")
    put(aws, "yours/a")
    source = "print(sorted(str(path.relative_to(lake)) for path in lake.rglob('a')))\n"
    source += "sys.exit('missing: s3://lake/yours/a')"

    application.ended(application.start(BEGIN + source, executionIamPolicy=allow("mine/*", "-")))

    (job,) = aws.jobs
    assert said(job, "stdout") == "['mine/a']\n"
    assert "AccessDeniedException: s3://lake/yours/a" in said(job, "stderr")


def test_a_driver_that_writes_where_it_may_not_fails_and_nothing_is_written(
    aws: Double, application: Serverless
) -> None:
    source = "(lake / 'yours').touch(); time.sleep(60)"

    run = application.ended(
        application.start(BEGIN + source, executionIamPolicy=allow("mine/*", "mine/*"))
    )

    assert run["state"] == "FAILED"
    assert "AccessDeniedException: s3://lake/yours: PutObject" in run["stateDetails"]
    assert get(aws, "yours") is None
    assert len(aws.jobs[0]["refusals"]) == 1


def test_a_driver_that_removes_what_it_may_not_fails_and_nothing_is_removed(
    aws: Double, application: Serverless
) -> None:
    put(aws, "mine/a")
    source = "(lake / 'mine/a').unlink()"

    run = application.ended(
        application.start(BEGIN + source, executionIamPolicy=allow("mine/*", "-"))
    )

    assert run["state"] == "FAILED"
    assert get(aws, "mine/a") == b"x"


def test_a_driver_does_not_inherit_the_environment_of_the_tests(
    aws: Double, application: Serverless
) -> None:
    application.ended(application.start(BEGIN + "print(' '.join(sorted(os.environ)))"))

    (job,) = aws.jobs
    expected = "DOUBLE_JOB DOUBLE_S3_FOLDER HOME LANG PATH PYTHONPATH TMPDIR TZ"
    assert set(said(job, "stdout").split()) - {"LC_CTYPE"} == set(expected.split())


def test_children_in_sessions_of_their_own_end_with_the_job(
    aws: Double, application: Serverless
) -> None:
    source = "import subprocess\nsubprocess.Popen(['sleep', '60'], start_new_session=True)\n"
    run_id = application.start(BEGIN + source + "(lake / 'begun').touch(); time.sleep(60)")
    appears(aws, "begun")
    (job,) = aws.jobs
    before = len(members(job["folder"]))

    application.cancel(run_id)

    application.ended(run_id)
    assert (before, members(job["folder"])) == (2, [])


def said(job: Any, name: str) -> str:
    return Path(job["folder"], name).read_text()
