"""One line with one JSON object as fields of text, read as Spark reads it."""

import json
import re

from spark.satellite.java_double import java_double

_SPACE = re.compile(r"[ \t\r\n]*")
_ESCAPE = r"\\(?:[\"'\\/bfnrt]|u[0-9a-fA-F]{4})"
_TEXT = re.compile(rf'"((?:[^"\\\x00-\x1f]|{_ESCAPE})*)"' rf"|'((?:[^'\\\x00-\x1f]|{_ESCAPE})*)'")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?(?![\w.])", re.ASCII)
_WORD = re.compile(r"(?:true|false|null)\b")
_ENDLESS = re.compile(r"(?:NaN|([+-]?)Infinity|([+-])INF)\b")
_CONTROL = re.compile(r"\\u00[01][0-9a-f]")
_ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_QUOTES = "\"'"
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

Fields = list[tuple[str, str | None]]


class NotJson(ValueError):
    """Text that is not one JSON object; holds none of it."""


def json_fields(line: str) -> Fields:
    """The names and values of an object in their order; what is not text is its JSON."""
    fields, end = _object(line, _after_space(line, 0))
    if _after_space(line, end) != len(line):
        raise NotJson
    return [(name, _as_text(value, first)) for name, value, first in fields]


def _as_text(value: str, first: str) -> str | None:
    # What is not text stays JSON, as do numbers that end nowhere, which JSON can only quote.
    return None if value == "null" else json.loads(value) if first in _QUOTES else value


def _object(line: str, start: int) -> tuple[list[tuple[str, str, str]], int]:
    """The names and the JSON of the values of an object, with how they began, and where it ends."""
    if line[start : start + 1] != "{":
        raise NotJson
    fields: list[tuple[str, str, str]] = []
    place = _after_space(line, start + 1)
    if line[place : place + 1] == "}":
        return fields, place + 1
    while True:
        name, place = _text(line, place)
        place = _after_space(line, place)
        if line[place : place + 1] != ":":
            raise NotJson
        start = _after_space(line, place + 1)
        value, place = _value(line, start)
        fields.append((name, value, line[start]))
        if _is_last(line, place, "}"):
            return fields, _after_space(line, place) + 1
        place = _after_space(line, _after_space(line, place) + 1)


def _list(line: str, start: int) -> tuple[str, int]:
    values: list[str] = []
    place = _after_space(line, start + 1)
    if line[place : place + 1] == "]":
        return "[]", place + 1
    while True:
        value, place = _value(line, place)
        values.append(value)
        if _is_last(line, place, "]"):
            return f"[{','.join(values)}]", _after_space(line, place) + 1
        place = _after_space(line, _after_space(line, place) + 1)


def _is_last(line: str, place: int, end: str) -> bool:
    """Whether what ends there is the last of its kind; NotJson if nothing can follow."""
    place = _after_space(line, place)
    follows = line[place : place + 1]
    if follows not in (",", end) or not follows:
        raise NotJson
    return follows == end


def _value(line: str, start: int) -> tuple[str, int]:
    """A value as Spark writes it again, and where it ends."""
    first = line[start : start + 1]
    if first == "{":
        fields, end = _object(line, start)
        return f"{{{','.join(f'{_json(name)}:{value}' for name, value, _ in fields)}}}", end
    if first == "[":
        return _list(line, start)
    if first and first in _QUOTES:
        text, end = _text(line, start)
        return _json(text), end
    if number := _NUMBER.match(line, start):
        is_whole = number[1] is None and number[2] is None
        return str(int(number[0])) if is_whole else _double(number[0]), number.end()
    if word := _WORD.match(line, start):
        return word[0], word.end()
    if endless := _ENDLESS.match(line, start):
        sign = "-" if endless[0].startswith("-") else ""
        return f'"{"NaN" if endless[0] == "NaN" else f"{sign}Infinity"}"', endless.end()
    raise NotJson


def _double(number: str) -> str:
    text = java_double(float(number))
    return _json(text) if text.endswith("Infinity") else text


def _text(line: str, start: int) -> tuple[str, int]:
    found = _TEXT.match(line, start)
    if found is None:
        raise NotJson
    escaped = found[1] if found[1] is not None else found[2]
    if "\\" not in escaped:
        return escaped, found.end()
    text = _ESCAPED.sub(
        lambda one: chr(int(one[1][1:], 16)) if len(one[1]) > 1 else _ESCAPES.get(one[1], one[1]),
        escaped,
    )
    # Two halves of a pair, escaped one by one, are one character; one alone is none.
    paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return paired.encode("utf-8", "replace").decode(), found.end()


def _json(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    return _CONTROL.sub(lambda one: f"\\u{one[0][2:].upper()}", written)


def _after_space(line: str, start: int) -> int:
    found = _SPACE.match(line, start)
    return found.end() if found else start
