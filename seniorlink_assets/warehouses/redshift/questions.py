"""Questions that people ask of the warehouse in SQL: those that can change nothing."""

import re

from seniorlink_assets.destination import DestinationError

_HIDDEN = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", re.DOTALL)
"""Comments, texts and quoted names, in which any word may stand."""

_BEGINNINGS = ("select", "with", "show", "explain")

_WRITES = re.compile(r"\b(into|insert|update|delete|merge|truncate|drop|alter|create)\b")


def refuse_writing(sql: str) -> None:
    """DestinationError if it is anything but one question."""
    bare = _HIDDEN.sub(" ", sql).strip().rstrip(";").lower()
    # Servers differ in whether a text ends at \'.
    is_question = bare.startswith(_BEGINNINGS) and ";" not in bare and "\\'" not in sql
    if not is_question or (not bare.startswith("explain") and _WRITES.search(bare)):
        raise DestinationError(
            "Only a question can be asked: one SELECT, WITH, SHOW or EXPLAIN that changes nothing "
            '(a column that is called like a command is written in "")'
        )
