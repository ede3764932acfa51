"""One client's connection: speaks as Redshift does, has PostgreSQL do the work."""

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from assets_tests.doubles.redshift import messages, passwords
from assets_tests.doubles.redshift.backend import Backend
from assets_tests.doubles.redshift.faults import Faults, Order
from assets_tests.doubles.redshift.history import History, query_type
from assets_tests.doubles.redshift.messages import (
    Refused,
    as_redshift_says,
    complete,
    frame,
    numbered,
    parameter,
    read_frame,
)
from assets_tests.doubles.redshift.objects import Objects
from assets_tests.doubles.redshift.session import Session
from assets_tests.doubles.redshift.statements import Statement, statement

_TLS, _CANCEL = 80877103, 80877102
_KEPT = ("user", "database", "application_name", "options")
_LARGE = 1 << 16


class Dropped(Exception):
    """The connection ends here, without a word."""


@dataclass(frozen=True)
class House:
    """What all conversations share."""

    connect: Callable[..., Backend]
    has_user: Callable[[str], None]
    context: ssl.SSLContext
    key: bytes
    objects: Objects
    history: History
    faults: Faults = field(default_factory=Faults)
    statements: list[tuple[str, str, str]] = field(default_factory=list)


class Conversation:
    """One client's connection, from its first byte to its last."""

    def __init__(self, house: House, client: socket.socket) -> None:
        self._house, self._client = house, client
        self._stream: BinaryIO = client.makefile("rb")
        self._named: dict[bytes, Statement] = {}
        self._portals: dict[bytes, Statement] = {}

    def hang_up(self) -> None:
        """Ends it from another thread."""
        with contextlib.suppress(OSError):
            self._client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._stream.close()
        self._client.close()

    def run(self) -> None:
        asked = self._start()
        try:
            self._session = self._open(asked)
        except Refused as refused:
            self._client.sendall(refused.frame)
            return
        try:
            while self._answer():
                pass
        finally:
            self._session.backend.close()

    def _start(self) -> dict[str, str]:
        """What the client says of itself, after TLS if it asks for it."""
        is_encrypted = False
        while True:
            header = self._stream.read(8)
            if len(header) < 8:
                raise EOFError
            size, version = struct.unpack("!II", header)
            if version == _TLS:
                self._client.sendall(b"S")
                # Nothing was sent ahead: a client awaits the answer.
                self._stream.close()
                self._client = self._house.context.wrap_socket(self._client, server_side=True)
                self._stream = self._client.makefile("rb")
                is_encrypted = True
                continue
            if version == _CANCEL:
                raise Dropped
            body = self._stream.read(size - 8)
            if not is_encrypted:
                refused = Refused("28000", "SSL is required: no pg_hba.conf entry", fatal=True)
                self._client.sendall(refused.frame)
                raise Dropped
            parts = body.decode().split("\0")
            return dict(zip(parts[::2], parts[1::2], strict=False))

    def _open(self, asked: dict[str, str]) -> Session:
        user, database = asked["user"], asked.get("database") or asked["user"]
        self._client.sendall(frame(b"R", struct.pack("!I", 3)))
        code, body = read_frame(self._stream)
        if code != b"p":
            raise Dropped
        passwords.check(self._house.key, user, body.rstrip(b"\0").decode())
        self._house.has_user(user)
        settings = {name: asked[name] for name in _KEPT[2:] if name in asked}
        backend = self._house.connect(user, database, **settings)
        greeting = b"".join(
            frame(code, body)
            for code, body in backend.greeting
            if not (code == b"S" and body.startswith(b"server_version\0"))
            and code != messages.READY
        )
        greeting += parameter("server_version", "8.0.2") + frame(messages.READY, b"I")
        self._client.sendall(greeting)
        return Session(user, database, backend, self._house.objects, self._house.history)

    def _answer(self) -> bool:
        """Reads up to the next Sync and answers; False when the client takes its leave."""
        batch = []
        while True:
            code, body = read_frame(self._stream)
            if code == b"X":
                return False
            batch.append((code, body))
            if code in (b"S", b"Q"):
                break
        try:
            found, is_run = self._find(batch)
        except Refused as refused:
            self._client.sendall(self._failed(refused))
            return True
        if found is not None:
            self._session.history.show(self._session.database, found.sql)
        if found is not None and is_run:
            self._meet(found, batch)
        elif found is not None and found.run:
            self._pretend(batch)
        else:
            self._relay(found, batch)
        return True

    def _find(self, batch: list[tuple[bytes, bytes]]) -> tuple[Statement | None, bool]:
        """The statement that these messages are about, and whether they run it."""
        found, is_run = None, False
        for code, body in batch:
            if code == b"Q":
                return statement(body[:-1].decode()), True
            if code == b"P":
                name, sql, _ = body.split(b"\0", 2)
                self._named.pop(name, None)
                found = self._named[name] = statement(sql.decode())
            elif code == b"B":
                portal, name, _ = body.split(b"\0", 2)
                found = self._portals[portal] = self._named[name]
            elif code == b"E":
                found, is_run = self._portals.get(body.split(b"\0", 1)[0]), True
        return found, is_run

    def _meet(self, found: Statement, batch: list[tuple[bytes, bytes]]) -> None:
        """Runs a statement, through whatever fault it meets."""
        session = self._session
        session.query_id = next(session.history.query_ids)
        self._house.statements.append((session.user, session.query_group, found.text))
        began, is_lost, outcome = time.monotonic(), False, Outcome()
        started = str(datetime.now(UTC).replace(tzinfo=None))
        label = session.query_group
        try:
            for fault in self._house.faults.for_statement(found.bare):
                if fault.kind == "delay":
                    time.sleep(fault.seconds)
                elif fault.kind == "fail":
                    if found.kind in ("COMMIT", "END"):
                        session.backend.run("ROLLBACK")
                    outcome.error = _ordered(fault).message
                    self._client.sendall(self._failed(_ordered(fault)))
                    return
                elif fault.when == "before":
                    raise Dropped
                else:
                    is_lost = True
            if found.run:
                self._run(found, batch, outcome, is_lost=is_lost)
            else:
                self._relay(found, batch, outcome, is_lost=is_lost)
        finally:
            row = {
                "query_id": session.query_id,
                "user_name": session.user,
                "session_id": session.backend.pid,
                "query_label": label or "default",
                "query_text": found.text,
                "query_type": query_type(found.kind),
                "status": "failed" if outcome.error else "success",
                "error_message": outcome.error,
                "start_time": started,
                "elapsed_time": int((time.monotonic() - began) * 1e6),
                "returned_rows": outcome.rows,
                "returned_bytes": outcome.bytes,
            }
            session.history.note(session.database, "queries", row)

    def _run(
        self,
        found: Statement,
        batch: list[tuple[bytes, bytes]],
        outcome: "Outcome",
        *,
        is_lost: bool,
    ) -> None:
        """Has the double itself run a statement."""
        session, answer = self._session, b""
        try:
            if session.backend.status == b"E":
                raise Refused(
                    "25P02",
                    "current transaction is aborted, commands ignored until end of transaction "
                    "block",
                )
            assert found.run is not None
            tag = found.run(session)
            for code, _ in batch:
                answer += {b"P": frame(b"1"), b"B": frame(b"2"), b"D": frame(b"n")}.get(code, b"")
            answer += b"".join(map(messages.info, session.notices)) + complete(tag)
            answer += frame(messages.READY, session.backend.status)
        except Refused as refused:
            outcome.error = refused.message
            answer = self._failed(refused)
        session.notices.clear()
        if is_lost:
            raise Dropped
        self._client.sendall(answer)

    def _pretend(self, batch: list[tuple[bytes, bytes]]) -> None:
        """Answers the preparation of a statement that PostgreSQL never sees."""
        answer = b""
        for code, _ in batch:
            if code == b"P":
                answer += frame(b"1")
            elif code == b"B":
                answer += frame(b"2")
            elif code == b"D":
                answer += frame(b"t", b"\0\0") + frame(b"n")
        self._client.sendall(answer + frame(messages.READY, self._session.backend.status))

    def _relay(
        self,
        found: Statement | None,
        batch: list[tuple[bytes, bytes]],
        outcome: "Outcome | None" = None,
        *,
        is_lost: bool = False,
    ) -> None:
        """Has PostgreSQL answer."""
        outcome = outcome or Outcome()
        backend = self._session.backend
        backend.send(*(_reworded(found, code, body) for code, body in batch))
        answer = bytearray()
        for code, body in backend.until_ready():
            if code == messages.ERROR:
                body = as_redshift_says(body)
                outcome.error = messages.unpack_fields(body)["M"]
            elif code == messages.ROWS:
                body = messages.with_super(body)
            elif code == messages.ROW:
                outcome.rows += 1
                outcome.bytes += len(body)
            answer += frame(code, body)
            if len(answer) > _LARGE and not is_lost:
                self._client.sendall(answer)
                answer.clear()
        if is_lost:
            raise Dropped
        self._client.sendall(answer)

    def _failed(self, refused: Refused) -> bytes:
        """The answer to a statement that fails, and with it the transaction it is in."""
        self._session.backend.give_up()
        return refused.frame + frame(messages.READY, self._session.backend.status)


@dataclass
class Outcome:
    """What came of a statement."""

    error: str | None = None
    rows: int = 0
    bytes: int = 0


def _reworded(found: Statement | None, code: bytes, body: bytes) -> bytes:
    if code == b"P" and found is not None:
        name, _, rest = body.split(b"\0", 2)
        return frame(code, name + b"\0" + messages.text(found.sql) + rest)
    if code == b"Q" and found is not None:
        return frame(code, messages.text(found.sql))
    return frame(code, body)


def _ordered(fault: Order) -> Refused:
    """Redshift gives its own numbers as the message, and an SQLSTATE as the code."""
    if fault.code.isdigit() and len(fault.code) < 5:
        return numbered(fault.code, fault.message)
    return Refused(fault.code, fault.message)
