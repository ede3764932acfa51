"""The exceptions behind a failure, of Python and of Java, and what of them holds no value."""

import builtins
import linecache
import re
import sysconfig
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.errors.utils import ErrorClassesReader

from spark.lines import OLDER

_CONDITION_OF = "getErrorClass" if OLDER else "getCondition"
_DEEPEST = 6
_FRAMES = 6
_WIRING = ("py4j/", "pyspark/errors/")
_LINES = 40

_HARMLESS = {
    "actualNum", "ansiConfig", "arg_name", "arg_type", "config", "dataType", "expectedNum",
    "functionName", "inputType", "paramIndex", "path", "requiredType", "sourceType", "targetType",
}  # fmt: skip
"""Parameters of Spark's messages that never hold a value of the data."""

_NAMES = {
    "attr_name",
    "columnName",
    "fieldName",
    "fields",
    "objectName",
    "proposal",
    "relationName",
}
"""Parameters that hold names, which a pivot may have taken from the data."""

_DECLARABLE = re.compile(r"`?[a-z_][a-z0-9_]*`?")
_CONDITION = re.compile(r"[A-Z][A-Z0-9_]*(\.[A-Z0-9_]+)*")
_AROUND = re.compile(r"^\s*\[[A-Z0-9_.]+\] | SQLSTATE: \w+.*", re.DOTALL)
_WORKER_FRAME = re.compile(r'^ +File "([^"\n]+)", line (\d+), in (.+)$', re.MULTILINE)
_WORKER_ERROR = re.compile(r"^(\w+)(?::|$)", re.MULTILINE)

Frame = tuple[str, int, str]
"""File, line and function."""


@dataclass(frozen=True)
class Thrown:
    """An exception: its class, and Spark's name for it with its message made free of values.

    `text` is all it says, values of the data among it: to be judged by, never to be shown.
    """

    name: str
    frames: tuple[str, ...]
    text: str
    condition: str | None = None
    message: str = ""
    sql_state: str | None = None


def thrown_by(error: BaseException) -> list[Thrown]:
    """The exception and its causes, the outermost first; those of Java as far as its JVM lives."""
    found: list[Thrown] = []
    last, seen = error, {id(error)}
    while len(found) < _DEEPEST:
        found.append(_of_python(last))
        cause = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if cause is None or id(cause) in seen:
            break
        seen.add(id(cause))
        last = cause
    return [*found, *_of_jvm(last)]


def trace_of(error: BaseException) -> list[str]:
    """Classes and frames only, in about 40 lines; the innermost comes last."""
    lines = []
    for place, thrown in enumerate(thrown_by(error)):
        condition = f" [{thrown.condition}]" if thrown.condition else ""
        lines.append(f"{'Caused by ' if place else ''}{thrown.name}{condition}")
        lines += [f"  {frame}" for frame in thrown.frames]
    if len(lines) <= _LINES:
        return lines
    cut = len(lines) - _LINES + 1
    return [*lines[: _LINES // 3], f"… {cut} lines", *lines[_LINES // 3 + cut :]]


def frames_of(error: BaseException) -> list[Frame]:
    """Where Python code was, on the driver and then in Spark's workers, the innermost last."""
    found = [
        (frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if not isinstance(error, (PySparkException, Py4JJavaError)):
        return found
    # PySpark reads frames from the text of an error, in which anything may stand.
    found += [
        (file, int(line), function) for file, line, function in _WORKER_FRAME.findall(_text(error))
    ]
    return [*dict.fromkeys(frame for frame in found if _is_code(frame))]


def _of_python(error: BaseException) -> Thrown:
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ != "builtins":
        name = f"{kind.__module__}.{name}"
    frames = tuple(
        f'File "{file}", line {line}, in {function}'
        for file, line, function in ((_shortened(file), *at) for file, *at in frames_of(error))
        if not file.startswith(_WIRING)
    )[-_FRAMES:]
    if not isinstance(error, PySparkException):
        return Thrown(name, frames, _text(error))
    try:
        condition, message = getattr(error, _CONDITION_OF)(), ""
        if condition and getattr(error, "_origin", None) is None:
            parameters = _masked(error.getMessageParameters() or {})
            message = ErrorClassesReader().get_error_message(condition, parameters)
        return Thrown(name, frames, _text(error), condition, message, error.getSqlState())
    except (Py4JError, OSError):  # the JVM has died meanwhile
        return Thrown(name, frames, "")


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except (Py4JError, OSError):  # the JVM has died meanwhile
        return ""


def _of_jvm(error: BaseException) -> list[Thrown]:
    """The exceptions of Java behind one of Python, and Python's again behind those."""
    found: list[Thrown] = []
    try:
        thrown = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
        while thrown is not None and len(found) < _DEEPEST:
            found.append(_of_java(thrown))
            thrown = thrown.getCause()
    except (Py4JError, OSError):  # the JVM has died meanwhile
        pass
    texts = [each.text for each in found]
    if not found and isinstance(error, PySparkException):
        texts = [_text(error)]  # an older Spark keeps no more of a worker's exception
    worker = next((text for text in texts if _WORKER_FRAME.search(text)), None)
    return [*found, *_of_worker(worker)] if worker else found


def _of_java(thrown: Any) -> Thrown:
    stack = thrown.getStackTrace()
    frames = [f"at {stack[place].toString()}" for place in range(min(len(stack), _FRAMES))]
    name, condition, message = thrown.getClass().getName(), _asked(thrown, _CONDITION_OF), ""
    if condition and _CONDITION.fullmatch(condition):
        masked = _masked(dict(_asked(thrown, "getMessageParameters") or {}))
        spark = getattr(SparkContext, "_jvm", None)
        written = getattr(spark, "org.apache.spark.SparkThrowableHelper")
        message = _AROUND.sub("", written.getMessage(condition, masked)).replace("……", "…")
    else:
        condition = None
    state = _asked(thrown, "getSqlState")
    return Thrown(name, tuple(frames[::-1]), thrown.getMessage() or "", condition, message, state)


def _asked(thrown: Any, method: str) -> Any:
    """What a method of Spark's exceptions returns; None of other exceptions, which have none."""
    try:
        return getattr(thrown, method)()
    except Py4JError:
        return None


def _of_worker(text: str) -> list[Thrown]:
    """Python's exception in a worker of Spark, of which only the text came here."""
    *_, last = _WORKER_FRAME.finditer(text)
    named = (match[1] for match in _WORKER_ERROR.finditer(text[last.end() :]))
    name = next(filter(_is_exception, named), "an exception of Python")
    return [Thrown(name, (), text)]


def _masked(parameters: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value if name in _HARMLESS else _names(value) if name in _NAMES else "…"
        for name, value in parameters.items()
    }


def _names(text: str) -> str:
    """Names as they are declared are shown; what else stands there may be a value."""
    names = re.split(r"(, |\.)", text)
    return "".join(
        name if place % 2 or _DECLARABLE.fullmatch(name) else "…"
        for place, name in enumerate(names)
    )


def _is_code(frame: Frame) -> bool:
    """Whether a frame is of a file that is there and has that function."""
    file, line, function = frame
    lines = linecache.getlines(file) if file.endswith(".py") else []
    if not 0 < line <= len(lines):
        return False
    return function in ("<module>", "<lambda>") or any(f"def {function}(" in text for text in lines)


def _is_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def _shortened(file: str) -> str:
    """A path from the folder on that holds installed packages, Python's own, or all jobs."""
    paths = sysconfig.get_paths()
    for folder in (paths["purelib"], paths["stdlib"], str(Path(__file__).parents[1])):
        if file.startswith(f"{folder}/"):
            return file.removeprefix(f"{folder}/")
    return file
