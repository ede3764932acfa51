"""SET, RESET and SHOW of what Redshift has and PostgreSQL has not."""

import re
from collections.abc import Callable

from assets_tests.doubles.redshift.messages import Refused
from assets_tests.doubles.redshift.session import Session
from assets_tests.doubles.redshift.tokens import Token, literal

_REDSHIFT = re.compile(
    r"query_group|wlm_query_slot_count|activity_timeout|analyze_threshold_percent"
    r"|(enable|json|mv|use)_\w+|\w+_super_null_on_error|describe_field_name_in_uppercase"
    r"|downcase_delimited_identifier|error_on_nondeterministic_update"
)
_SHARED = re.compile(
    "client_encoding|application_name|datestyle|extra_float_digits|intervalstyle|search_path"
    "|statement_timeout|timezone|time|session|role|transaction|seed|names"
)


def setting(parts: list[Token]) -> Callable[[Session], str] | None:
    """Runs SET or RESET of Redshift's own; None for what PostgreSQL has under the same name."""
    at = 1
    scope = parts[1].word if parts[1].word in ("SESSION", "LOCAL") else ""
    if scope and len(parts) > 2 and parts[2].word not in ("AUTHORIZATION", "CHARACTERISTICS"):
        at = 2
    name = parts[at].name
    if _SHARED.fullmatch(name) or (parts[0].word == "RESET" and name == "all"):
        return None
    if not _REDSHIFT.fullmatch(name):
        raise Refused("42704", f'unrecognized configuration parameter "{name}"')
    value = "" if parts[0].word == "RESET" else "".join(_value(part) for part in parts[at + 2 :])
    if value == "default":
        value = ""

    def run(session: Session) -> str:
        is_local = str(scope == "LOCAL").lower()
        session.backend.run(f"SELECT set_config('double.{name}', {literal(value)}, {is_local})")
        if name == "query_group":
            session.query_group = value
        return parts[0].word

    return run


def shown(parts: list[Token]) -> str:
    """SHOW of Redshift's own as a query; nothing for what PostgreSQL has."""
    name = parts[1].name
    if not _REDSHIFT.fullmatch(name):
        return ""
    return f"SELECT coalesce(nullif(current_setting('double.{name}', true), ''), 'unset') AS {name}"


def _value(part: Token) -> str:
    return part.value if part.kind == "string" else part.name
