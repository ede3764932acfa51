"""VACUUM, ANALYZE and TRUNCATE."""

from collections.abc import Callable

from assets_tests.doubles.redshift.alterations import outside_transactions
from assets_tests.doubles.redshift.messages import Refused
from assets_tests.doubles.redshift.session import Session
from assets_tests.doubles.redshift.tables import relation
from assets_tests.doubles.redshift.tokens import Token, literal

_KINDS = ("FULL", "SORT", "DELETE", "ONLY", "REINDEX", "RECLUSTER", "VERBOSE")


def vacuum(parts: list[Token]) -> Callable[[Session], str]:
    place = _place(parts)

    def run(session: Session) -> str:
        outside_transactions(session, "VACUUM")
        session.backend.run(f"VACUUM {place}")
        session.backend.run(_marked("sorted", place))
        return "VACUUM"

    return run


def analyze(parts: list[Token]) -> Callable[[Session], str]:
    if len(parts) > 1 and parts[1].word == "COMPRESSION":
        raise Refused("0A000", "the double has no ANALYZE COMPRESSION")
    place = _place(parts)

    def run(session: Session) -> str:
        session.backend.run(f"ANALYZE {place}; {_marked('analyzed', place)}")
        return "ANALYZE"

    return run


def truncate(parts: list[Token]) -> Callable[[Session], str]:
    at = 2 if parts[1].word == "TABLE" else 1
    place, _ = relation(parts, at)

    def run(session: Session) -> str:
        is_inside = session.backend.status == b"T"
        session.backend.run(f"TRUNCATE {place}")
        # It commits the transaction that it runs in.
        if is_inside:
            session.backend.run("COMMIT")
        return "TRUNCATE TABLE"

    return run


def _place(parts: list[Token]) -> str:
    """The table that is named, or nothing for all of them."""
    at = 1
    while at < len(parts) and parts[at].word in _KINDS:
        at += 1
    if at >= len(parts) or parts[at].word in ("PREDICATE", "ALL", "TO"):
        return ""
    return relation(parts, at)[0]


def _marked(figure: str, place: str) -> str:
    where = (
        f"relid = {literal(place)}::regclass" if place else "relid IN (SELECT oid FROM pg_class)"
    )
    return f"SELECT pg_double.mark('{figure}', relid) FROM pg_double.tables WHERE {where}"
