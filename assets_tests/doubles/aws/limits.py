"""The limits that botocore's model of a service states, and botocore itself does not check."""

import re
from typing import Any

from assets_tests.doubles.aws.refused import invalid

_NOT_CHECKED = {"PolicyDocument", "Arn"}
"""Shapes whose patterns are broken in the model."""


def check(parameters: dict[str, Any], shape: Any) -> None:
    """Refuses what a parameter's length, range, pattern or list of values does not allow."""
    found = list(_violations(parameters, shape, ""))
    if found:
        kind = "error" if len(found) == 1 else "errors"
        raise invalid(f"{len(found)} validation {kind} detected: {'; '.join(found)}")


def _violations(value: Any, shape: Any, path: str) -> Any:
    if value is None:
        return
    if shape.type_name == "structure":
        for name in shape.metadata.get("required", ()):
            if value.get(name) is None:
                yield f"Value at '{_under(path, name)}' failed to satisfy constraint: not null"
        for name, member in shape.members.items():
            yield from _violations(value.get(name), member, _under(path, name))
        return
    if shape.type_name == "list":
        yield from _size(len(value), shape, path)
        for item in value:
            yield from _violations(item, shape.member, _under(path, "member"))
    elif shape.type_name == "map":
        yield from _size(len(value), shape, path)
        for key, item in value.items():
            yield from _violations(key, shape.key, _under(path, "key"))
            yield from _violations(item, shape.value, f"{path}.{key}.member")
    elif shape.type_name == "string":
        yield from _size(len(value), shape, path)
        yield from _text(value, shape, path)
    elif shape.type_name in ("integer", "long"):
        yield from _size(int(value), shape, path, "value")


def _size(size: int, shape: Any, path: str, noun: str = "length") -> Any:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield f"Value at '{path}' failed to satisfy constraint: {noun} at least {low}"
    if high is not None and size > high:
        yield f"Value at '{path}' failed to satisfy constraint: {noun} at most {high}"


def _text(value: str, shape: Any, path: str) -> Any:
    pattern, enum = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if enum and value not in enum:
        yield f"Value at '{path}' failed to satisfy constraint: one of {sorted(enum)}"
    if pattern and shape.name not in _NOT_CHECKED and not _matches(pattern, value):
        yield f"Value at '{path}' failed to satisfy constraint: pattern {pattern}"


def _matches(pattern: str, value: str) -> bool:
    """Patterns that only Java can read hold."""
    try:
        return re.fullmatch(pattern, value, re.DOTALL) is not None
    except re.error:
        return True


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
