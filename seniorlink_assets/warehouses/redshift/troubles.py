"""What a failure that Redshift tells of means: its code, whether to try again, and a sentence."""

import re

from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Trouble


def failed(said: str, code: str = "", statement: int = -1) -> RedshiftFailed:
    """The failure that the server's words tell of.

    `code` is the SQLSTATE, if it came along; `statement` says which of a transaction's it was.
    """
    known = _code(said, code)
    trouble = _trouble(known, said, is_transaction=statement >= 0)
    what = f"statement {statement + 1} of a transaction" if statement >= 0 else "a statement"
    sentence = _SENTENCES[trouble].format(
        what=what, code=known or "no code", said=_shown(said, known)
    )
    return RedshiftFailed(sentence, trouble=trouble, code=known, said=said, statement=statement)


_SENTENCES: dict[Trouble, str] = {
    "conflict": "Another transaction was in the way of {what} on Redshift ({code}: {said}); "
    "nothing was changed, and it may be tried again",
    "lost": "The connection to Redshift was lost during {what} ({code}: {said}); it may have been "
    "done all the same",
    "busy": "Redshift takes nothing more just now ({code}: {said}); try again later, or allow more "
    "connections",
    "refused": "Redshift does not allow {what} ({code}: {said}); grant it, or see `seniorlink "
    "doctor --env aws`",
    "wrong": "Redshift could not do {what} ({code}: {said}); nothing was changed by it",
}

_TELLS_NOTHING = ("", "XX000")
"""SQLSTATEs of which Redshift's own errors are, and of errors that come without one."""

_CODES = (
    (r"^\W*(?:ERROR:\s*)?1023\b|Serializable isolation violation", "1023"),
    (r"could not serialize access|conflict with concurrent transaction", "40001"),
    (r"deadlock detected", "40P01"),
    (r"lock timeout|could not obtain lock", "55P03"),
    (r"cancel(?:l?ing|led) (?:statement|on user|by WLM)|statement timeout", "57014"),
    (r"permission denied|must be owner|not authorized to (?:perform|use)", "42501"),
    (r"authentication failed", "28P01"),
    (r"too many (?:clients|connections)|connection limit exceeded", "53300"),
    (r"terminating connection|server closed the connection", "57P01"),
    (r"connection (?:attempt failed|refused)", "08001"),
    (r"I/O error|broken ?pipe|socket closed|connection .*(?:closed|lost|reset)", "08006"),
    (r"(?:is starting up|is shutting down|in recovery mode)", "57P03"),
    (r"di(?:vision|vide) by zero", "22012"),
    (r"duplicate key value", "23505"),
    (r"Cannot insert a NULL value|null value in column", "23502"),
    (r"column .* does not exist", "42703"),
    (r"database .* does not exist", "3D000"),
    (r"schema .* does not exist", "3F000"),
    (r"relation .* does not exist", "42P01"),
    (r"relation .* already exists", "42P07"),
    (r"because other objects depend on it", "2BP01"),
    (r"syntax error", "42601"),
    (r"cannot (?:be executed|run) (?:inside|from|within)", "25001"),
    (r"\bcode:\s+(\d{4,5})\b", r"\1"),
    (r"^\W*(?:ERROR:\s*)?(\d{4,5})\b", r"\1"),
)
"""Codes by what the message says, as the Data API passes on no SQLSTATE."""

_TROUBLES: dict[str, Trouble] = {
    "1023": "conflict",
    "40001": "conflict",
    "40P01": "conflict",
    "55P03": "conflict",
    "08001": "busy",
    "53300": "busy",
    "53400": "busy",
    "57P03": "busy",
    "57P01": "lost",
    "57P02": "lost",
    "42501": "refused",
}
_CLASSES: dict[str, Trouble] = {"08": "lost", "28": "refused"}

_CANCELLED = "57014"
_DUPLICATE = "23505"
_REPLACED = re.compile(
    r"could not open relation with OID|concurrent(?:ly)? (?:updated|deleted|dropped)"
    r"|(?:dropped|deleted|updated) (?:concurrently|by (?:a )?concurrent)"
)
_CATALOGUE = re.compile(r"pg_(?:namespace|class|type)_\w*index")
_NAMES_ONLY = re.compile(r"1023|40\w{3}|42\w{3}|3[DF]000|28\w{3}|2BP01|5\w{4}|08\w{3}|25001")
"""Codes whose messages name objects and users, and never quote a value."""

_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|\([^)]*\)|\d+")
_AROUND = re.compile(r"^\s*(?:(?:ERROR|FATAL|Detail):\s*)?|\s*(?:\[ErrorId: [^]]*\])?$")
_LONGEST = 300


def _code(said: str, code: str) -> str:
    if code not in _TELLS_NOTHING:
        return code
    for pattern, number in _CODES:
        if found := re.search(pattern, said, re.IGNORECASE):
            return found.expand(number)
    return code


def _trouble(code: str, said: str, *, is_transaction: bool) -> Trouble:
    if code == _CANCELLED:
        # In a transaction it is our own limit on how long we wait for locks.
        return "conflict" if is_transaction else "wrong"
    if _REPLACED.search(said) or (code == _DUPLICATE and _CATALOGUE.search(said)):
        return "conflict"
    return _TROUBLES.get(code) or _CLASSES.get(code[:2], "wrong")


def _shown(said: str, code: str) -> str:
    """The first line that says more than the code, without what may be a value."""
    lines = (_AROUND.sub("", line) for line in said.splitlines())
    line = next((line for line in lines if line and line != code), "no message")
    shown = line if _NAMES_ONLY.fullmatch(code) else _VALUES.sub("…", line)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
