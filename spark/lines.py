"""What the lines of Spark do not share: 3.5, which older clusters have, and 4."""

import json
from collections.abc import Mapping
from typing import Any

from pyspark import __version__
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

OLDER = __version__.startswith("3.")

OBSERVES_AGAIN = tuple(map(int, __version__.split(".")[:2])) < (4, 3)
"""Whether rows that are computed again are added to what was observed of them before."""


def try_cast(name: str, type: str) -> Column:
    """A column as another type; NULL where that fails."""
    return F.expr(f"try_cast({name} AS {type})")


def is_valid_utf8(name: str) -> Column:
    """Whether the bytes of a text are UTF-8."""
    if OLDER:
        return F.col(name).cast("binary") == _decoded(name).cast("binary")
    return F.is_valid_utf8(name)


def make_valid_utf8(name: str) -> Column:
    """A text, with U+FFFD for what is not UTF-8 in it."""
    return _decoded(name) if OLDER else F.make_valid_utf8(name)


def greatest(column: Column, most: int) -> Column:
    """The greatest values of a column, at most so many; NULL on a Spark that cannot have them."""
    return F.lit(None) if OLDER else F.max_by(column, column, most)


def rebalanced(frame: DataFrame, *columns: str) -> DataFrame:
    """A frame in parts of a good size for files, equal columns in one part if they fit."""
    if not OLDER:
        return frame.hint("rebalance", *columns)
    plan: Any = frame
    names = plan._jseq([_expression(name) for name in columns])  # noqa: SLF001
    return DataFrame(plan._jdf.hint("rebalance", names), frame.sparkSession)  # noqa: SLF001


def settings_of(session: SparkSession) -> Mapping[str, str]:
    """All settings of a session."""
    if OLDER:
        own: Any = session
        return dict(own._jsparkSession.sessionState().conf().settings())  # noqa: SLF001
    return session.conf.getAll


def complete(session: SparkSession) -> None:
    """Gives an older Spark the functions of SQL that jobs use and only a newer one has."""
    if OLDER:
        session.udf.register("try_parse_json", _parsed, "string")


def _expression(name: str) -> Any:
    column: Any = F.col(name)
    return column._jc.expr()  # noqa: SLF001


def _decoded(name: str) -> Column:
    return F.decode(F.col(name).cast("binary"), "UTF-8")


def _parsed(text: str | None) -> str | None:
    """A text that is strictly JSON, and None instead of another."""
    try:
        json.loads(text or "", parse_constant=_refused, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        return None
    return text


def _refused(constant: str) -> None:
    raise ValueError(constant)


def _without_doubles(fields: list[tuple[str, Any]]) -> None:
    if len(dict(fields)) < len(fields):
        raise ValueError("a field is named twice")
