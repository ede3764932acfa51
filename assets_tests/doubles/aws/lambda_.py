"""Lambda: an invocation is a process that calls the handler of the function's zip file."""

import base64
import io
import json
import math
import secrets
import threading
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from werkzeug.wrappers import Response

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.jobs import Job
from assets_tests.doubles.aws.later import later
from assets_tests.doubles.aws.logs import put_events
from assets_tests.doubles.aws.refused import Refused
from assets_tests.doubles.aws.subprocesses import run_command
from assets_tests.doubles.aws.work import Ended, Work
from assets_tests.doubles.aws.world import World

MOST_BYTES = {"RequestResponse": 6 * 1024 * 1024, "Event": 256 * 1024, "DryRun": 6 * 1024 * 1024}
TRIES = 3
"""How often an event is tried if the function fails."""

RUNNER = Path(__file__).with_name("lambda_runner.py")


class Lambda:
    """Invocations; functions are moto's."""

    def __init__(self, world: World) -> None:
        self._world = world

    def invoke(self, call: Call) -> Response:
        asked = call.parameters
        function = self._function(call, asked["FunctionName"], asked.get("Qualifier"))
        kind = asked.get("InvocationType", "RequestResponse")
        payload = asked.get("Payload") or b"null"
        event = payload if isinstance(payload, bytes) else payload.encode()
        if len(event) > MOST_BYTES[kind]:
            message = f"{len(event)} byte payload is too large for the {kind} invocation type"
            raise Refused("RequestTooLargeException", message, 413)
        try:
            json.loads(event)
        except ValueError as error:
            raise Refused("InvalidRequestContentException", "The body is not JSON.") from error
        if self._world.faults.for_job("capacity", "lambda", function.function_name) is not None:
            raise Refused("TooManyRequestsException", "Rate Exceeded.", 429)
        request = str(uuid.uuid4())
        headers = {"x-amzn-RequestId": request, "X-Amz-Executed-Version": "$LATEST"}
        if kind == "DryRun":
            return Response(b"", 204, headers)
        if kind == "Event":
            arguments = (call, function, event, request)
            threading.Thread(target=self._try, args=arguments, daemon=True).start()
            return Response(b"", 202, headers)
        result, failed, log = self._run(call, function, event, request)
        if failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if asked.get("LogType") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(log.encode()[-4096:]).decode()
        return Response(result, 200, headers)

    def _try(self, call: Call, function: Any, event: bytes, request: str) -> None:
        for _ in range(TRIES):
            _, failed, _ = self._run(call, function, event, request)
            if not failed:
                return
            time.sleep(self._world.pace)

    def _run(
        self, call: Call, function: Any, event: bytes, request: str
    ) -> tuple[bytes, bool, str]:
        """What the handler returned or threw, whether it failed, and its log."""
        name, region = function.function_name, call.region
        stream = f"{time.strftime('%Y/%m/%d')}/[$LATEST]{secrets.token_hex(16)}"
        seconds = int(function.timeout) * self._world.minute / 60
        code = f"{request}-{secrets.token_hex(2)}"

        def drive(job: Job) -> int:
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as packed:
                packed.extractall(job.folder / "task")
            variables = {
                **self._world.variables(call),
                "AWS_LAMBDA_FUNCTION_NAME": name,
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
                "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
                "AWS_LAMBDA_LOG_STREAM_NAME": stream,
                "LAMBDA_TASK_ROOT": str(job.folder / "task"),
                "PYTHONPATH": str(job.folder / "task"),
                **function.environment_vars,
            }
            told = [function.handler, str(seconds), request, function.function_arn, "result"]
            return run_command(job, ["python", str(RUNNER), *told], variables, event)

        job = self._world.job("lambda", code, Work(name, function.handler), drive)
        timer = later(seconds, job.stop, "killed", 137)
        ended = job.run()
        timer.cancel()
        log = f"START RequestId: {request}\n{job.output('stdout')}{job.output('stderr')}"
        result, failed = self._result(job, ended, request, seconds, timer)
        if failed:
            log += result.decode() + "\n"
        took = math.ceil(job.seconds * 1000)
        log += (
            f"END RequestId: {request}\nREPORT RequestId: {request}\tDuration: {took}.00 ms\t"
            f"Billed Duration: {took} ms\tMemory Size: {function.memory_size} MB\t\n"
        )
        put_events(region, f"/aws/lambda/{name}", stream, log)
        return result, failed, log

    def _result(
        self, job: Job, ended: Ended, request: str, seconds: float, timer: threading.Timer
    ) -> tuple[bytes, bool]:
        path = job.folder / "result"
        if ended.stopped == "killed" and timer.finished.is_set() and job.seconds >= seconds:
            return _error(
                f"{request} Task timed out after {seconds:.2f} seconds", "Sandbox.Timedout"
            )
        if not path.exists():
            message = f"RequestId: {request} Error: Runtime exited with error: "
            how = "signal: killed" if ended.code == 137 else f"exit status {ended.code}"
            return _error(message + how, "Runtime.ExitError")
        return path.read_bytes(), ended.code != 0

    def _function(self, call: Call, name: str, qualifier: str | None) -> Any:
        try:
            backend = lambda_backends[DEFAULT_ACCOUNT_ID][call.region]
            return backend.get_function(name, qualifier)
        except UnknownFunctionException as error:
            arn = f"arn:aws:lambda:{call.region}:{DEFAULT_ACCOUNT_ID}:function:{name}"
            message = f"Function not found: {arn}"
            raise Refused("ResourceNotFoundException", message, 404) from error


def _error(message: str, kind: str) -> tuple[bytes, bool]:
    return json.dumps({"errorMessage": message, "errorType": kind}).encode(), True
