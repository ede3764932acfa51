"""Fetch the code of a satellite and watch over its one process: on ECS, Lambda and EC2 alike.

Standard library and boto3 only, for it is there before the code is: `bootstrap.py <papers> <code>`
with the URLs of a job's papers and of its code.zip, or `handler` of a Lambda function.
"""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

_SECONDS = 1.0
_PATIENCE = 5.0
_BEFORE_THE_END = 15.0
"""Seconds that are kept to say how it ended, where the end is near."""

_LOG_BYTES = 1 << 18
_TIMED_OUT = 124
_KILLED = {
    "sentence": "The satellite was killed (signal 9), as happens when memory is used up; give the "
    "function, task or instance that runs it more, then materialize again.",
    "kind": "memory",
    "transient": True,
    "trace": [],
}


def handler(event, context):
    """What Lambda calls."""
    until = time.time() + context.get_remaining_time_in_millis() / 1000
    log = [context.log_group_name, context.log_stream_name]
    return {"exit": run(event["papers"], event["code"], until, log)}


def run(papers, code, until=None, log=None):
    """Runs the job with these papers, once however often it is asked to; returns its exit code."""
    import boto3
    from botocore.exceptions import ClientError

    store = boto3.client("s3")
    bucket, place = _parts(papers)

    def put(name, content, **conditions):
        store.put_object(Bucket=bucket, Key=f"{place}/{name}", Body=content, **conditions)

    def is_cancelled():
        cancel = {"Bucket": bucket, "Prefix": f"{place}/cancel", "MaxKeys": 1}
        return store.list_objects_v2(**cancel)["KeyCount"] > 0

    try:
        claim = {"at": time.time(), "until": until, "log": log}
        put("claim", json.dumps(claim).encode(), IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        return 0  # somebody else runs it, or has taken it back
    folder = tempfile.mkdtemp(prefix="satellite-")
    status = 1
    try:
        with open(f"{folder}/stderr.log", "wb+") as said:  # noqa: PTH123
            try:
                origin, key = _parts(code)
                packed = store.get_object(Bucket=origin, Key=key)["Body"].read()
                zipfile.ZipFile(io.BytesIO(packed)).extractall(f"{folder}/code")
                status = _watched([papers], folder, said, until, is_cancelled)
            except Exception as error:  # noqa: BLE001  # thrown on, Lambda would try again
                said.write(f"{type(error).__name__}: {error}\n".encode())
            finally:
                said.seek(max(said.seek(0, os.SEEK_END) - _LOG_BYTES, 0))
                put("stderr.log", said.read())
                if status == 128 + signal.SIGKILL:
                    put("failure.json", json.dumps(_KILLED).encode())
                put("exit", str(status).encode())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return status


def _watched(arguments, folder, said, until, is_cancelled):
    """Runs the satellite's process; ends it when somebody wants that, or the time is over."""
    child = subprocess.Popen(
        [sys.executable, "-m", "spark.satellite", *arguments],
        env={**os.environ, "PYTHONPATH": f"{folder}/code", "TMPDIR": folder},
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=said,
        start_new_session=True,
    )
    with contextlib.suppress(ValueError):  # Lambda does not call from the main thread
        signal.signal(signal.SIGTERM, lambda *_: _end(child))
    is_late = False
    while child.poll() is None:
        is_late = until is not None and time.time() > until - _BEFORE_THE_END
        if is_late or is_cancelled():
            _end(child)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_SECONDS)
    _kill(child, signal.SIGKILL)
    if is_late:
        return _TIMED_OUT
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _end(child):
    _kill(child, signal.SIGTERM)
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        _kill(child, signal.SIGKILL)


def _kill(child, number):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _parts(url):
    bucket, _, key = url.partition("://")[2].partition("/")
    return bucket, key


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
