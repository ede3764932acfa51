"""Say why a job failed in one sentence that holds no value of the data."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors import AnalysisException, PySparkException

from spark.cluster import ClusterError
from spark.files import files_at
from spark.lines import OLDER
from spark.python_error import first_line, is_of_job, is_of_platform, python_says
from spark.thrown import Thrown, frames_of, thrown_by, trace_of

FILE_NAME = "failure.json"

Kind = Literal[
    "code",  # the job's own: its Python, its SQL, or what it returns
    "data",  # a value that does not fit
    "input",  # a file that is missing, or not what it must be
    "memory",
    "disk",
    "killed",  # a process of the job, from outside
    "spark",  # anything else that Spark met
]
"""What a failure is of."""

_KINDS: dict[str, Kind] = {
    "07": "code", "0A": "code", "21": "data", "22": "data", "23": "data", "38": "code",
    "39": "code", "42": "code", "53": "memory", "KD": "input", "P0": "data",
}  # fmt: skip
"""By the class of Spark's SQLSTATE."""

_MISSING_FILE = re.compile(r"PATH_NOT_FOUND|FAILED_READ_FILE(\..*)?")
_POSITION = re.compile(r"\(line \d{1,6}, pos \d{1,6}\)")

_OUT_OF_MEMORY = (
    "The job ran out of memory; give it more with SENIORLINK_JOB_MEMORY, "
    "or spark_conf={'spark.driver.memory': ...} in its declaration."
)


_OUT_OF_MEMORY_THERE = (
    "The job ran out of memory; give it more with spark_conf={'spark.executor.memory': ...} in its "
    "declaration, or {'spark.driver.memory': ...} if it collects rows."
)
"""Where a service runs it, which sizes its workers itself."""


def describe(
    error: BaseException, root: Path, jvm_exit: int | None, *, is_submitted: bool = False
) -> str:
    """One sentence: what went wrong, in which line of the job, and what to do.

    `is_submitted` says that a service has started the job.
    """
    if jvm_exit is not None:
        return _dead_jvm(jvm_exit)
    thrown, where = thrown_by(error), _line_of_job(error, root)
    if _disk_is_full(thrown):
        return "The disk is full (No space left on device); free some space and materialize again."
    if isinstance(error, ClusterError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"The job's Python ran out of memory; collect fewer rows to it{where}"
    if _java_memory_is_full(thrown):
        return _OUT_OF_MEMORY_THERE if is_submitted else _OUT_OF_MEMORY
    if _worker_has_died(thrown):
        return (
            "A Python worker of the job's Spark was killed or crashed; materialize again, and with "
            f"a smaller SENIORLINK_JOBS if the machine ran out of memory{where}"
        )
    if isinstance(error, KeyboardInterrupt):
        return "The job was interrupted (signal 2); materialize again."
    if isinstance(error, (PySparkException, Py4JError)):
        named = next((each for each in thrown if each.condition and each.message), None)
        if named and isinstance(error, AnalysisException):
            place = _POSITION.search(str(error))
            said = f"[{named.condition}] {first_line(named.message)}"
            return f"{said.rstrip('.')} {place[0]}{where}" if place else f"{said}{where}"
        return f"Spark failed with {_without_values(thrown, named)}{where}"
    return f"{python_says(error)}{where}"


def record(folder: Path | str, error: BaseException, sentence: str, jvm_exit: int | None) -> None:
    """Keeps the failure among the job's papers, to be read when this process is gone."""
    kind, is_transient = _judged(error, jvm_exit)
    content: dict[str, Any] = {
        "error": type(error).__name__,
        "sentence": sentence,
        "kind": kind,
        "transient": is_transient,
        "trace": trace_of(error),
    }
    files_at(str(folder)).put(f"{folder}/{FILE_NAME}", json.dumps(content).encode())


def _judged(error: BaseException, jvm_exit: int | None) -> tuple[Kind, bool]:
    """What the failure is of, and whether the very same job may succeed when tried again."""
    if jvm_exit is not None:
        if jvm_exit == 3:
            return "memory", False
        is_killed = jvm_exit < 0 or jvm_exit > 128
        return ("killed" if is_killed else "spark"), is_killed
    thrown = thrown_by(error)
    if _disk_is_full(thrown):
        return "disk", True
    if isinstance(error, ClusterError):
        return error.kind, error.transient
    if isinstance(error, MemoryError) or _java_memory_is_full(thrown):
        return "memory", False
    if _worker_has_died(thrown) or isinstance(error, KeyboardInterrupt):
        return "killed", True
    if isinstance(error, (ConnectionError, EOFError, Py4JNetworkError)):
        return "spark", True
    if isinstance(error, (PySparkException, Py4JError)):
        return _of_spark(thrown), False
    match type(error).__name__ if is_of_platform(error) else "":
        case "GatewayError":
            return "spark", "did not answer" in str(error)
        case "LandingError":
            return "input", False
        case "FilesError":
            return "spark", "is denied" not in str(error)
    return "code", False


def _of_spark(thrown: list[Thrown]) -> Kind:
    for each in thrown:
        if each.condition and _MISSING_FILE.fullmatch(each.condition):
            return "input"
        if each.sql_state and each.sql_state[:2] in _KINDS:
            return _KINDS[each.sql_state[:2]]
    is_of_python = all("." not in each.name or each.name.startswith("pyspark") for each in thrown)
    return "code" if is_of_python else "spark"


def _dead_jvm(code: int) -> str:
    if code == 3:
        return _OUT_OF_MEMORY
    if code < 0 or code > 128:
        number = -code if code < 0 else code - 128
        return f"The job's Spark process was killed by signal {number}; materialize again."
    return f"The job's Spark process ended with {code}; see the job's output."


def _disk_is_full(thrown: list[Thrown]) -> bool:
    full = ("No space left on device", "Disk quota exceeded")
    return any(words in each.text for each in thrown for words in full)


def _java_memory_is_full(thrown: list[Thrown]) -> bool:
    return any("OutOfMemoryError" in each.name for each in thrown)


def _worker_has_died(thrown: list[Thrown]) -> bool:
    return any(each.text.startswith("Python worker exited unexpectedly") for each in thrown)


def _without_values(thrown: list[Thrown], named: Thrown | None) -> str:
    """Spark's name for what it ran into with its message, or else Java's or Python's."""
    innermost = thrown[-1].name.rpartition(".")[2]
    if named is None:
        return innermost
    if named.sql_state == "38000":
        return f"{named.condition}: {innermost}"
    return f"{named.condition}: {first_line(named.message)}"


def _line_of_job(error: BaseException, root: Path) -> str:
    """The line of a transform, not of the runner, that failed, or that wrote what failed."""
    frames = [(file, str(line)) for file, line, _ in frames_of(error)]
    if isinstance(error, PySparkException) and not OLDER:
        with suppress(Py4JError, OSError):  # the JVM may have died meanwhile
            for context in error.getQueryContext():
                if context.contextType().name == "DataFrame":
                    file, _, line = context.callSite().rpartition(":")
                    frames.append((file, line))
    found = [
        (Path(file).relative_to(root.parent), line)
        for file, line in frames
        if is_of_job(Path(file), root)
    ]
    return f" (in {found[-1][0]}, line {found[-1][1]})" if found else ""
