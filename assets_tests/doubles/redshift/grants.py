"""GRANT and REVOKE: users, roles and groups; objects, or all tables of a schema for good."""

import re
from collections.abc import Callable

from assets_tests.doubles.redshift.messages import Refused
from assets_tests.doubles.redshift.session import Session
from assets_tests.doubles.redshift.tokens import Token, joined, literal, quoted, split

_BEYOND = ("ALTER", "DROP", "TRUNCATE")
"""Permissions of Redshift that PostgreSQL has not."""


def grant(parts: list[Token]) -> Callable[[Session], str]:
    """Runs GRANT … TO … or REVOKE … FROM …"""
    is_grant = parts[0].word == "GRANT"
    at = next(
        index
        for index in range(len(parts) - 1, -1, -1)
        if parts[index].word == ("TO" if is_grant else "FROM")
    )
    said, asked = parts[1:at], parts[at + 1 :]
    grantees, kinds, options = _grantees(asked)
    to = f"{'TO' if is_grant else 'FROM'} {', '.join(grantees)} {options}".rstrip()
    groups = [name for name, kind in kinds.items() if kind == "group"]
    words = [part.word for part in said]
    if words[0] == "ROLE":
        sql = f"{parts[0].word} {joined(said[1:])} {to}"
    elif "FOR" in words and "ON" not in words:
        sql = _scoped(said, words, kinds, is_grant=is_grant)
    else:
        on = words.index("ON")
        kept = [part for part in split(said[:on]) if part[0].word not in _BEYOND]
        privileges = ", ".join(joined(part) for part in kept)
        sql = f"{parts[0].word} {privileges} {_named(said[on:])} {to}" if kept else "SELECT"

    def run(session: Session) -> str:
        try:
            session.backend.run(sql)
        except Refused as refused:
            raise _as_redshift_says(refused, kinds) from refused
        for name in groups:
            session.history.note(session.database, "groups", {"name": name})
        return parts[0].word

    return run


def _grantees(asked: list[Token]) -> tuple[list[str], dict[str, str], str]:
    """Names as SQL, what each is said to be, and what follows them."""
    options = ""
    for index, part in enumerate(asked):
        if part.word in ("WITH", "CASCADE", "RESTRICT"):
            asked, options = asked[:index], joined(asked[index:])
            break
    names, kinds = [], {}
    for one in split(asked):
        kind = (
            {"ROLE": "role", "GROUP": "group"}.get(one[0].word, "user") if len(one) > 1 else "user"
        )
        # A name of IAM keeps its capitals.
        name = one[-1].text[1:-1] if one[-1].kind == "quoted" else one[-1].name
        names.append("PUBLIC" if one[-1].word == "PUBLIC" else quoted(name))
        kinds[name] = kind
    return names, kinds, options


def _scoped(said: list[Token], words: list[str], kinds: dict[str, str], *, is_grant: bool) -> str:
    at = words.index("FOR")
    if words[at + 1] != "TABLES" or words[at + 2 : at + 4] != ["IN", "SCHEMA"]:
        raise Refused("0A000", "the double has scoped permissions for tables in a schema alone")
    if "group" in kinds.values():
        raise Refused("0A000", "Scoped permissions cannot be granted to groups")
    end = words.index("DATABASE") if "DATABASE" in words else len(said)
    spaces = [part[0].name for part in split(said[at + 4 : end])]
    privileges = [part[0].word for part in split(said[:at]) if part[0].word not in _BEYOND]
    lists = ", ".join(
        f"ARRAY[{', '.join(map(literal, values))}]::{kind}[]"
        for values, kind in ((spaces, "name"), (privileges, "text"), (list(kinds), "name"))
    )
    return f"SELECT pg_double.scope({lists}, {str(is_grant).lower()})"


def _named(said: list[Token]) -> str:
    return " ".join(quoted(part.name) if part.kind == "quoted" else part.text for part in said)


def _as_redshift_says(refused: Refused, kinds: dict[str, str]) -> Refused:
    found = re.fullmatch(r'role "(.*)" does not exist', refused.message)
    if refused.code != "42704" or not found:
        return refused
    kind = kinds.get(found[1], "user")
    return Refused("42704", f'{kind} "{found[1]}" does not exist')
