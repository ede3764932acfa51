"""Keys: schema/table, and which of them the platform keeps for itself."""

import re
from keyword import iskeyword

_KEY = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")
_REJECTS = "_rejects"
_RESERVED = ("contract", "information_schema", "landing", "seniorlink", "warm")


class KeyRefused(ValueError):
    """A key that no table can have; says why and what to write instead."""


def check_key(key: str) -> None:
    """KeyRefused if `key` cannot be the path of a job and the name of a table beside others."""
    if not _KEY.fullmatch(key):
        raise KeyRefused(f"{key!r} is no key; write schema/table in lower case: care/visit_days")
    schema, name = key.split("/")
    if schema in _RESERVED or schema.startswith("pg_"):
        raise KeyRefused(f"{key!r} is in the reserved schema {schema!r}; choose another schema")
    if name.endswith(_REJECTS):
        raise KeyRefused(
            f"{key!r} is where the rejects of {key.removesuffix(_REJECTS)!r} are kept; "
            f"choose a name that does not end in {_REJECTS!r}"
        )
    if iskeyword(name):
        raise KeyRefused(
            f"{key!r} cannot be a function, for {name!r} is a Python keyword; rename it"
        )
