"""SQL as tokens: nothing in a literal, a quoted name or a comment is mistaken for SQL."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from assets_tests.doubles.redshift.messages import Refused

_LONGEST = 63
"""Redshift has 127."""

Kind = Literal["space", "comment", "string", "quoted", "word", "number", "mark"]

# A backslash escapes in Redshift's strings.
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<string>(?:\b[eEbBxXnN])?'(?:[^'\\]|\\.|'')*'|\$(\w*)\$.*?\$\4\$)
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<word>[^\W\d][\w$]*)
      | (?P<number>\$?\d+(?:\.\d+)?)
      | (?P<mark>->>|->|!~\*|!~|~\*|::|<=|>=|<>|!=|\|\||.)""",
    re.S | re.X,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str

    @property
    def word(self) -> str:
        """A bare word in upper case; nothing for all else."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """The identifier it is: Redshift folds quoted ones too."""
        text = self.text
        if self.kind == "quoted":
            text = text[1:-1].replace('""', '"')
        return text.lower()

    @property
    def value(self) -> str:
        """What a string literal holds."""
        return re.sub(r"\\(.)|''", lambda found: found[1] or "'", self.text[1:-1])


@lru_cache(maxsize=500)
def tokens(sql: str) -> tuple[Token, ...]:
    """Every token, so that their texts joined are the SQL."""
    return tuple(
        Token(match.lastgroup, match[0])  # pyright: ignore[reportArgumentType]
        for match in _TOKEN.finditer(sql)
    )


def significant(sql: str) -> list[Token]:
    """The tokens but for space, comments and a last semicolon."""
    kept = [token for token in tokens(sql) if token.kind not in ("space", "comment")]
    while kept and kept[-1].text == ";":
        kept.pop()
    return kept


def bare(sql: str) -> str:
    """The statement without the comments before it."""
    parts = tokens(sql)
    start = next((i for i, part in enumerate(parts) if part.kind not in ("space", "comment")), 0)
    return "".join(part.text for part in parts[start:])


def joined(parts: list[Token]) -> str:
    """SQL again; a blank between any two tokens but where it would change the meaning."""
    return " ".join(part.text for part in parts)


def end_of(parts: list[Token], start: int) -> int:
    """The index of the parenthesis that closes the one at `start`."""
    depth = 0
    for index in range(start, len(parts)):
        depth += {"(": 1, ")": -1}.get(parts[index].text, 0)
        if depth == 0:
            return index
    return len(parts) - 1


def split(parts: list[Token]) -> Iterator[list[Token]]:
    """The parts between commas outside parentheses."""
    depth, one = 0, []
    for part in parts:
        depth += {"(": 1, ")": -1}.get(part.text, 0)
        if part.text == "," and depth == 0:
            yield one
            one = []
        else:
            one.append(part)
    yield one


def quoted(name: str) -> str:
    if len(name.encode()) > _LONGEST:
        raise Refused("42622", f"the double has names of at most {_LONGEST} bytes")
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "E'" + _escaped(value) + "'"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
