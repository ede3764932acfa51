"""Say why a job without Spark failed in one sentence that holds no value of the data."""

import errno
import json
import traceback
from pathlib import Path

from spark.files import Files
from spark.layout import LandingError
from spark.python_error import line_of_job, python_says
from spark.satellite.files import StoreError

FILE_NAME = "failure.json"

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FRAMES = 6


def describe(error: BaseException, root: Path) -> str:
    """One sentence: what went wrong, in which line of the job, and what to do."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return "The disk is full (No space left on device); free some space and materialize again."
    where = line_of_job(error, root)
    if isinstance(error, MemoryError):
        return f"The job's Python ran out of memory; have it keep fewer rows{where}"
    if isinstance(error, KeyboardInterrupt):
        return "The job was interrupted (signal 2); materialize again."
    return f"{python_says(error)}{where}"


def record(files: Files, papers: str, error: BaseException, sentence: str) -> None:
    """Keeps the failure among the job's papers, to be read when this process is gone."""
    kind, is_transient = _judged(error)
    content = {
        "error": type(error).__name__,
        "sentence": sentence,
        "kind": kind,
        "transient": is_transient,
        "trace": _trace(error),
    }
    files.put(f"{papers}/{FILE_NAME}", json.dumps(content).encode())


def _judged(error: BaseException) -> tuple[str, bool]:
    """What the failure is of, and whether the very same job may succeed when tried again."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return "disk", True
    if isinstance(error, MemoryError):
        return "memory", False
    if isinstance(error, KeyboardInterrupt):
        return "killed", True
    if isinstance(error, StoreError):
        return "store", error.transient
    if isinstance(error, (LandingError, FileNotFoundError)):
        return "input", False
    return "code", False


def _trace(error: BaseException) -> list[str]:
    """Classes and frames only, for their texts may hold values; the innermost comes last."""
    lines: list[str] = []
    while True:
        lines += [
            f'  File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_name}'
            for frame, line in [*traceback.walk_tb(error.__traceback__)][-_FRAMES:]
        ]
        lines.append(type(error).__qualname__)
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None:
            return lines
        lines.append("Caused by")
        error = cause
