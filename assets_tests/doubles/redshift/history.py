"""What ran in a database, for SYS_QUERY_HISTORY and its kin; written when somebody asks."""

import itertools
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from assets_tests.doubles.redshift.backend import Backend
from assets_tests.doubles.redshift.tokens import literal

_VIEWS = re.compile(r"\b(sys|stl|svl|stv|svv)_", re.I)


class History:
    """Rows of the tables `queries`, `loads`, `load_errors` and `groups`, by database."""

    query_ids = itertools.count(1001)

    def __init__(self, admin: Callable[[str], Backend]) -> None:
        self._admin = admin
        self._lock = threading.Lock()
        self._rows: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}

    def note(self, database: str, table: str, row: Mapping[str, Any]) -> None:
        with self._lock:
            self._rows.setdefault(database, []).append((table, row))

    def show(self, database: str, sql: str) -> None:
        """Writes what there is, if this statement may read it."""
        if not _VIEWS.search(sql):
            return
        with self._lock:
            rows = self._rows.pop(database, [])
        if not rows:
            return
        admin = self._admin(database)
        try:
            admin.run("; ".join(_insert(table, row) for table, row in rows))
        finally:
            admin.close()


def query_type(word: str) -> str:
    """What Redshift calls a statement that begins with this word."""
    if word in ("SELECT", "INSERT", "UPDATE", "DELETE", "COPY", "MERGE"):
        return word
    return "DDL" if word in ("CREATE", "ALTER", "DROP", "COMMENT") else "UTILITY"


def _insert(table: str, row: Mapping[str, Any]) -> str:
    return (
        f"INSERT INTO pg_double.{table} ({', '.join(row)}) "
        f"VALUES ({', '.join(map(literal, row.values()))})"
    )
