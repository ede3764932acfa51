"""CREATE VIEW: bound to its tables as PostgreSQL has it, or WITH NO SCHEMA BINDING."""

from collections.abc import Callable

from assets_tests.doubles.redshift.messages import Refused
from assets_tests.doubles.redshift.rewriting import rewritten_tokens
from assets_tests.doubles.redshift.session import Session
from assets_tests.doubles.redshift.tables import relation
from assets_tests.doubles.redshift.tokens import Token, end_of, literal

_LATE = ["WITH", "NO", "SCHEMA", "BINDING"]


def late_view(parts: list[Token]) -> Callable[[Session], str] | None:
    """Runs CREATE [OR REPLACE] VIEW … WITH NO SCHEMA BINDING; None for a view that binds."""
    if [part.word for part in parts[-4:]] != _LATE:
        return None
    at = next(index for index, part in enumerate(parts) if part.word == "VIEW")
    is_replaced = parts[1].word == "OR"
    place, at = relation(parts, at + 1)
    if parts[at].text == "(":
        raise Refused("0A000", "the double has no column list of a late-binding view")
    query = parts[at + 1 : -4]
    _check_qualified(query)
    made = (
        f"SELECT pg_double.create_late_view({literal(place)}, {literal(rewritten_tokens(query))})"
    )

    def run(session: Session) -> str:
        known = session.backend.run(
            f"SELECT FROM pg_double.late_views WHERE place = pg_double.spelled({literal(place)}) "
            f"UNION ALL SELECT FROM pg_class WHERE oid = to_regclass({literal(place)})"
        )
        if known and not is_replaced:
            raise Refused("42P07", f"relation {place} already exists")
        session.backend.run(made)
        return "CREATE VIEW"

    return run


def drop_view(parts: list[Token]) -> Callable[[Session], str]:
    """Runs DROP VIEW; one that never found its tables is known to the double alone."""
    at = 4 if [part.word for part in parts[2:4]] == ["IF", "EXISTS"] else 2
    place, end = relation(parts, at)
    sql = rewritten_tokens(parts)

    def run(session: Session) -> str:
        waiting = session.backend.run(
            f"DELETE FROM pg_double.late_views WHERE place = pg_double.spelled({literal(place)}) "
            "AND NOT is_bound RETURNING 1"
        )
        if not waiting:
            session.backend.run(sql)
        return "DROP VIEW"

    if end < len(parts) and parts[end].text == ",":
        raise Refused("0A000", "the double drops one view at a time")
    return run


def _check_qualified(query: list[Token]) -> None:
    """A late-binding view names the schema of everything it reads."""
    own = {
        query[index - 1].name
        for index in range(1, len(query) - 1)
        if query[index].word == "AS" and query[index + 1].text == "("
    }
    in_function = 0
    for index, part in enumerate(query[:-1]):
        if index < in_function:
            continue
        if part.word in ("EXTRACT", "TRIM", "SUBSTRING") and query[index + 1].text == "(":
            in_function = end_of(query, index + 1)
        following = query[index + 1]
        if (
            part.word in ("FROM", "JOIN")
            and following.kind in ("word", "quoted")
            and following.name not in own
            and (index + 2 >= len(query) or query[index + 2].text not in (".", "("))
        ):
            raise Refused(
                "0A000",
                "All the relation names inside should be qualified when creating views with no "
                "schema binding.",
            )
