"""Say why a job failed in one sentence that holds no value of the data."""

import json
import re
import traceback
from pathlib import Path
from typing import Any

from pyspark.errors import AnalysisException, PySparkException

FILE_NAME = "failure.json"

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_CONDITION = re.compile(r"\[([A-Z][A-Z0-9_.]+)\] ([^\n]*)")


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
    condition = _CONDITION.search(text)
    if isinstance(error, PySparkException) or condition:
        name, message = condition.groups() if condition else (type(error).__name__, "")
        return f"Spark failed with {name}: {_QUOTED.sub('…', message)}{where}"
    if type(error).__module__.startswith("py4j"):
        return f"Spark failed: {_QUOTED.sub('…', _first_line(text))}{where}"
    name = "" if type(error).__module__.startswith("spark.") else f"{type(error).__name__}: "
    return f"{name}{_first_line(text)}{where}"


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


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0] if lines else "no message"


def _line_of_job(error: BaseException, root: Path) -> str:
    """The innermost line of the traceback that is a transform's, not the runner's."""
    found = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(root) and Path(frame.filename).parent != root
    ]
    if not found:
        return ""
    place = Path(found[-1].filename).relative_to(root.parent)
    return f" (in {place}, line {found[-1].lineno})"
