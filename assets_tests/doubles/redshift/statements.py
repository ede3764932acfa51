"""What becomes of a statement: PostgreSQL runs it, perhaps reworded, or the double does."""

from collections.abc import Callable
from dataclasses import dataclass

from assets_tests.doubles.redshift.alterations import alter_table
from assets_tests.doubles.redshift.copying import copy
from assets_tests.doubles.redshift.grants import grant
from assets_tests.doubles.redshift.maintenance import analyze, truncate, vacuum
from assets_tests.doubles.redshift.messages import Refused
from assets_tests.doubles.redshift.rewriting import rewritten
from assets_tests.doubles.redshift.session import Session
from assets_tests.doubles.redshift.settings import setting, shown
from assets_tests.doubles.redshift.tables import create_table
from assets_tests.doubles.redshift.tokens import Token, bare, significant
from assets_tests.doubles.redshift.views import drop_view, late_view

Run = Callable[[Session], str]
"""Runs a statement and returns its command tag."""


@dataclass(frozen=True)
class Statement:
    """A statement of a client: `sql` for PostgreSQL, or `run`."""

    text: str
    bare: str
    """Without the comments before it."""
    kind: str = ""
    """Its first word."""
    sql: str = ""
    run: Run | None = None


def statement(text: str) -> Statement:
    """Raises Refused for what Redshift has not."""
    parts = significant(text)
    if not parts:
        return Statement(text, "", sql=text)
    words = [part.word for part in parts[:5]] + [""] * 5
    _refuse(parts, words)
    try:
        run = _own(parts, words)
    except (IndexError, StopIteration) as error:
        raise Refused("42601", "syntax error at end of input") from error
    sql = "" if run else (words[0] == "SHOW" and shown(parts)) or rewritten(text)
    return Statement(text, bare(text), words[0], sql, run)


def _own(parts: list[Token], words: list[str]) -> Run | None:
    match words[0]:
        case "COPY":
            return copy(parts)
        case "CREATE" if "TABLE" in words[1:4]:
            return create_table(parts)
        case "CREATE" if "VIEW" in words[1:4]:
            return late_view(parts)
        case "DROP" if words[1] == "VIEW":
            return drop_view(parts)
        case "ALTER" if words[1] == "TABLE":
            return alter_table(parts)
        case "GRANT" | "REVOKE":
            return grant(parts)
        case "SET" | "RESET":
            return setting(parts)
        case "VACUUM":
            return vacuum(parts)
        case "ANALYZE" | "ANALYSE":
            return analyze(parts)
        case "TRUNCATE":
            return truncate(parts)
    return None


def _refuse(parts: list[Token], words: list[str]) -> None:
    """What PostgreSQL would do and Redshift does not."""
    said = " ".join(words[:2])
    if words[0] in ("SAVEPOINT", "RELEASE", "LISTEN", "NOTIFY", "REINDEX", "CLUSTER", "CHECKPOINT"):
        raise Refused("0A000", f'SQL command "{words[0]}" is not supported.')
    if words[0] == "CREATE" and ("INDEX" in words[1:4] or words[1] in _NOT_CREATED):
        raise Refused("0A000", f'SQL command "{said}" not supported on Redshift tables.')
    if words[0] in ("UNLOAD", "CALL"):
        raise Refused("0A000", f"the double has no {words[0]}")
    everything = [part.word for part in parts]
    if words[0] == "INSERT" and ("RETURNING" in everything or "CONFLICT" in everything):
        word = "RETURNING" if "RETURNING" in everything else "ON"
        raise Refused("42601", f'syntax error at or near "{word}"')
    if words[0] == "MERGE" and everything.count("WHEN") != 2:
        raise Refused("0A000", "MERGE needs WHEN MATCHED and WHEN NOT MATCHED, once each")


_NOT_CREATED = ("TRIGGER", "RULE", "DOMAIN", "TYPE", "EXTENSION", "SEQUENCE", "TABLESPACE")
