"""Say what Python raised, and in which line of a job, without a value of the data."""

import re
import traceback
import types
from collections.abc import Iterator
from dis import opmap
from pathlib import Path

_RUNNER = Path(__file__).parent
_OF_RUNNER = (_RUNNER, *(_RUNNER / name for name in ("contract", "warm", "satellite")))

_QUOTED = re.compile(r"'.*'|\".*\"")

_ABOUT_CODE = (AttributeError, ImportError, NameError, OSError, SyntaxError, TypeError)
"""Python's errors whose texts, if Python wrote them, name parts of programs and files."""

_PYTHON_SAYS = (
    "could not convert string to float: ", "division by zero", "float division by zero",
    "integer division or modulo by zero", "invalid literal for int() with base 10: ",
    "list index out of range", "tuple index out of range", "pop from empty list",
)  # fmt: skip
"""How Python's other errors begin; what follows may be a value."""


def python_says(error: BaseException) -> str:
    """The class of an error, and of its text what is known to hold no value."""
    name, text = type(error).__name__, str(error)
    raised = _raised_in(error)
    if is_of_platform(error) and type(error).__module__ != "builtins":
        return first_line(text)
    constants = [*_constants(raised.tb_frame.f_code)] if raised else []
    is_about_files = isinstance(error, OSError) and is_of_platform(error)
    if is_about_files or (isinstance(error, _ABOUT_CODE) and not (raised and _is_raise(raised))):
        return f"{name}: {first_line(text)}"
    if not text or text in constants:
        return f"{name}: {_QUOTED.sub('…', first_line(text))}"
    if isinstance(error, KeyError) and error.args and error.args[0] in constants:
        return f"{name}: {first_line(error.args[0])}"
    known = [start for start in (*constants, *_PYTHON_SAYS) if text.startswith(start)]
    start = max(known, key=len, default="")
    shown = _QUOTED.sub("…", start.partition("\n")[0]).rstrip()
    return f"{name}: {shown}" if start == text else f"{name}: {shown} …".replace("  ", " ")


def line_of_job(error: BaseException, root: Path) -> str:
    """The line of a job, not of the runner, that failed: ` (in spark/care/x.py, line 7)`."""
    found = [
        (Path(frame.f_code.co_filename).relative_to(root.parent), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_of_job(Path(frame.f_code.co_filename), root)
    ]
    return f" (in {found[-1][0]}, line {found[-1][1]})" if found else ""


def is_of_job(file: Path, root: Path) -> bool:
    """Whether a file below `root` is a job's and not the runner's."""
    return file.is_relative_to(root) and file.parent not in (
        root,
        *(root / folder.name for folder in _OF_RUNNER[1:]),
    )


def is_of_platform(error: BaseException) -> bool:
    """Whether a statement of the runner raised it, whose errors are sentences without values."""
    raised = _raised_in(error)
    if raised is None or not _is_raise(raised):
        return False
    return Path(raised.tb_frame.f_code.co_filename).parent in _OF_RUNNER


def _raised_in(error: BaseException) -> types.TracebackType | None:
    innermost = error.__traceback__
    while innermost and innermost.tb_next:
        innermost = innermost.tb_next
    return innermost


def _is_raise(raised: types.TracebackType) -> bool:
    """Whether a statement of somebody's raised it, and not Python itself."""
    return raised.tb_frame.f_code.co_code[raised.tb_lasti] == opmap["RAISE_VARARGS"]


def _constants(code: types.CodeType) -> Iterator[str]:
    """The texts that stand in the code itself."""
    return (constant for constant in code.co_consts if isinstance(constant, str))


def first_line(text: str) -> str:
    """What a text says first."""
    lines = text.strip().splitlines()
    return lines[0] if lines else "no message"
