"""Say why a job failed in one sentence that holds no value of the data."""

import json
import re
import traceback
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException, PySparkException

FILE_NAME = "failure.json"

_CONDITION = re.compile(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]")
_SQL_STATE = re.compile(r" SQLSTATE: \w+")
_QUOTED = re.compile(r"'.*'|\".*\"")
_WORKER_LINE = re.compile(r'File "([^"]+)", line (\d+)')

_HARMLESS_PARAMETERS = {"sourceType", "targetType", "config", "ansiConfig", "path"}
"""Parameters of Spark's messages that never hold a value of the data."""

_ABOUT_CODE = (AttributeError, ImportError, NameError, OSError, SyntaxError, TypeError)
"""Python's errors whose texts name parts of programs and files, not values."""


def describe(error: BaseException, root: Path, jvm_exit: int | None) -> str:
    """One sentence: what went wrong, in which line of the job, and what to do."""
    if jvm_exit is not None:
        return _dead_jvm(jvm_exit)
    text = str(error)
    if "No space left on device" in text:
        return "The disk is full (No space left on device); free some space and materialize again."
    where = _line_of_job(error, root)
    if isinstance(error, AnalysisException):
        return f"{_first_line(text)}{where}"
    if isinstance(error, (PySparkException, Py4JError)):
        return f"Spark failed with {_without_values(error, text)}{where}"
    if type(error).__module__.startswith("spark."):
        return f"{_first_line(text)}{where}"
    line = _first_line(text)
    shown = line if isinstance(error, _ABOUT_CODE) else _QUOTED.sub("…", line)
    return f"{type(error).__name__}: {shown}{where}"


def record(folder: Path, error: BaseException, sentence: str) -> None:
    """Keeps the failure where the parent can read it when this process is gone."""
    content: dict[str, Any] = {"error": type(error).__name__, "sentence": sentence}
    (folder / FILE_NAME).write_text(json.dumps(content), encoding="utf-8")


def _dead_jvm(code: int) -> str:
    if code == 3:
        return (
            "The job ran out of memory; give it more with SENIORLINK_JOB_MEMORY, "
            "or spark_conf={'spark.driver.memory': ...} in its declaration."
        )
    if code < 0:
        return f"The job's Spark process was killed by signal {-code}; materialize again."
    return f"The job's Spark process ended with {code}; see the job's output."


def _without_values(error: PySparkException | Py4JError, text: str) -> str:
    """The name of what Spark ran into and, where its parameters are known, the message."""
    condition = _CONDITION.search(text)
    name = condition[1] if condition else type(error).__name__
    parameters = error.getMessageParameters() if isinstance(error, PySparkException) else None
    if condition is None or not parameters:
        return name
    message = text[condition.end() :].strip()
    values = [
        value
        for parameter, value in parameters.items()
        if value and parameter not in _HARMLESS_PARAMETERS
    ]
    for value in sorted(values, key=len, reverse=True):
        message = message.replace(value, "…")
    return f"{name}: {_SQL_STATE.sub('', _first_line(message))}"


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0] if lines else "no message"


def _line_of_job(error: BaseException, root: Path) -> str:
    """The line of a transform, not of the runner, that failed, or that wrote what failed."""
    frames = [
        (frame.filename, str(frame.lineno)) for frame in traceback.extract_tb(error.__traceback__)
    ]
    if isinstance(error, PySparkException):
        frames += _WORKER_LINE.findall(str(error))
        for context in error.getQueryContext():
            if context.contextType().name == "DataFrame":
                file, _, line = context.callSite().rpartition(":")
                frames.append((file, line))
    found = [
        (Path(file).relative_to(root.parent), line)
        for file, line in frames
        if Path(file).is_relative_to(root) and Path(file).parent != root
    ]
    return f" (in {found[-1][0]}, line {found[-1][1]})" if found else ""
