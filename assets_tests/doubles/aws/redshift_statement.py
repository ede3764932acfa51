"""A statement or a batch of the Data API: run for real, in a thread of its own."""

import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from assets_tests.doubles.aws import redshift_fields
from assets_tests.doubles.aws.redshift_place import RedshiftPlace

OVER = ("FINISHED", "FAILED", "ABORTED")


@dataclass
class Part:
    """One SQL statement: a batch has several."""

    sql: str
    status: str = "SUBMITTED"
    error: str = ""
    columns: list[dict[str, Any]] | None = None
    rows: list[list[dict[str, Any]]] = field(default_factory=list)
    affected: int = -1
    nanoseconds: int = -1
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))

    def becomes(self, status: str, error: str = "") -> None:
        self.status, self.error, self.updated = status, error, datetime.now(UTC)

    def described(self) -> dict[str, Any]:
        """What a description says of it, in a batch or alone."""
        shown = {
            "QueryString": self.sql,
            "Status": self.status,
            "UpdatedAt": self.updated,
            "Duration": self.nanoseconds,
            "HasResultSet": self.columns is not None,
            "ResultRows": self.affected,
            "ResultSize": sum(len(str(row)) for row in self.rows),
            "RedshiftQueryId": 0,
        }
        return {**shown, "Error": self.error} if self.error else shown


@dataclass
class Statement:
    """What was asked for in one request, and how far it is."""

    asked: Mapping[str, Any]
    parts: Sequence[Part]
    is_batch: bool
    place: RedshiftPlace
    login: tuple[str, str]
    pace: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: str = "SUBMITTED"
    error: str = ""
    pid: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def commits_each(self) -> bool:
        return not self.is_batch or self.asked.get("ExecutionMode") == "AUTO_COMMIT"

    def start(self) -> None:
        threading.Thread(target=self._live, daemon=True).start()

    def cancel(self) -> None:
        """Ends it where it is, through a second connection if it has begun."""
        self.cancelled.set()
        if self.pid:
            with self.place.connect(*self.login, self.asked["Database"]) as connection:
                connection.autocommit = True
                for _ in range(20):  # it may just be between two of its parts
                    connection.cursor().execute(f"SELECT pg_cancel_backend({self.pid})")
                    if self.over.wait(0.1):
                        return

    def _live(self) -> None:
        try:
            for status in ("SUBMITTED", "PICKED"):
                self.status = status
                if self.cancelled.wait(self.pace):
                    return self._ends("ABORTED")
            self._run()
        except Exception as error:  # noqa: BLE001  # whatever it is, the statement failed with it
            self._ends("ABORTED" if self.cancelled.is_set() else "FAILED", said(error))
        return None

    def _run(self) -> None:
        connection = self.place.connect(*self.login, self.asked["Database"])
        try:
            connection.autocommit = self.commits_each
            self.pid = int.from_bytes(connection._backend_key_data[:4])
            self.status = "STARTED"
            failed = [
                f"Query #{number} failed with {part.error}"
                for number, part in enumerate(self.parts, 1)
                if not self._done(connection, part)
            ]
            if not self.commits_each:
                connection.rollback() if failed else connection.commit()
        finally:
            with suppress(Exception):
                connection.close()
        if not failed:
            return self._ends("FINISHED")
        if self.cancelled.is_set():
            return self._ends("ABORTED")
        return self._ends("FAILED", failed[0] if self.is_batch else self.parts[0].error)

    def _done(self, connection: Any, part: Part) -> bool:
        """Runs a part; one whose transaction is lost is not begun."""
        if self.cancelled.is_set() or (
            not self.commits_each and any(each.status == "FAILED" for each in self.parts)
        ):
            part.becomes("ABORTED")
            return False
        part.becomes("STARTED")
        began = time.perf_counter_ns()
        cursor = connection.cursor()
        try:
            cursor.execute(part.sql)
            if cursor.description is not None:
                part.columns = [redshift_fields.column(each) for each in cursor.ps["row_desc"]]
                rows = cursor.fetchall()
                part.rows = [[redshift_fields.field(value) for value in row] for row in rows]
            part.affected = cursor.rowcount
            part.becomes("FINISHED")
        except Exception as error:  # noqa: BLE001  # as above
            part.becomes("ABORTED" if self.cancelled.is_set() else "FAILED", said(error))
        part.nanoseconds = time.perf_counter_ns() - began
        return part.status == "FINISHED"

    def _ends(self, status: str, error: str = "") -> None:
        for part in self.parts:
            if part.status not in OVER:
                part.becomes("ABORTED")
        self.status, self.error = status, error
        self.over.set()


def said(error: Exception) -> str:
    """The server's words as the Data API passes them on: no SQLSTATE, an id of its own."""
    told = error.args[0] if error.args else ""
    if not isinstance(told, dict):
        return "An I/O error occurred while sending to the backend."
    code, message = told.get("C", ""), told.get("M", "")
    if code.isdigit() and len(code) == 4 and code not in message:
        message = f"{code} {message}"  # Redshift's own numbers are part of its messages
    detail = f"\n  Detail: {told['D']}" if told.get("D") else ""
    return f"{told.get('S', 'ERROR')}: {message}{detail} [ErrorId: 1-{uuid.uuid4().hex[:24]}]"
