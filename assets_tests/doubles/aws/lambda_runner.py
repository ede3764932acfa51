"""Calls a handler as Lambda does: the event from stdin, the result into a file; 1 if it threw."""

import importlib
import json
import os
import sys
import time
import traceback


class Context:
    """What Lambda gives a handler besides the event."""

    def __init__(self, seconds: float, request: str, arn: str) -> None:
        self._until = time.monotonic() + seconds
        self.aws_request_id, self.invoked_function_arn = request, arn
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = "$LATEST"
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]

    def get_remaining_time_in_millis(self) -> int:
        return max(int((self._until - time.monotonic()) * 1000), 0)


def main(handler: str, seconds: str, request: str, arn: str, place: str) -> int:
    module, _, function = handler.rpartition(".")
    event = json.load(sys.stdin)
    try:
        call = getattr(importlib.import_module(module.replace("/", ".")), function)
        result = call(event, Context(float(seconds), request, arn))
        text, code = json.dumps(result), 0
    except Exception as error:  # noqa: BLE001  # what a handler throws is its failure
        trace = traceback.format_tb(error.__traceback__)
        thrown = {"errorMessage": str(error), "errorType": type(error).__name__}
        text, code = json.dumps({**thrown, "stackTrace": trace}), 1
    with open(place, "w") as result_file:  # noqa: PTH123
        result_file.write(text)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
