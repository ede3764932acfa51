"""A connection to PostgreSQL itself."""

import socket
import struct
from collections.abc import Iterable
from typing import BinaryIO

from assets_tests.doubles.redshift import messages
from assets_tests.doubles.redshift.messages import Refused, frame, read_frame, text


class Backend:
    """One session of PostgreSQL; `status` is I (idle), T (in a transaction) or E (it failed)."""

    def __init__(self, path: str, user: str, database: str, **settings: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(path)
            self._stream: BinaryIO = self._socket.makefile("rb")
            asked = {"user": user, "database": database, **settings}
            body = struct.pack("!I", 196608) + b"".join(
                text(name) + text(value) for name, value in asked.items()
            )
            self._socket.sendall(struct.pack("!I", len(body) + 5) + body + b"\0")
            self.status = b"I"
            self.greeting = list(self.until_ready())
            self.pid: int = next(
                (struct.unpack("!I", body[:4])[0] for code, body in self.greeting if code == b"K"),
                0,
            )
            refused = [body for code, body in self.greeting if code == messages.ERROR]
            if refused:
                raise failure(refused[0], fatal=True)
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def send(self, *frames: bytes) -> None:
        self._socket.sendall(b"".join(frames))

    def until_ready(self) -> Iterable[tuple[bytes, bytes]]:
        """All answers up to and with the next ReadyForQuery, or an error that ends the session."""
        while True:
            code, body = read_frame(self._stream)
            yield code, body
            if code == messages.READY:
                self.status = body
                return
            if code == messages.ERROR and messages.unpack_fields(body).get("S") == "FATAL":
                return

    def run(self, sql: str) -> list[list[str | None]]:
        """The rows of one or several statements, as text; raises Refused."""
        self.send(frame(b"Q", text(sql)))
        return self._rows()

    def copy_in(self, sql: str, chunks: Iterable[bytes]) -> None:
        """COPY … FROM STDIN of these bytes."""
        self.send(frame(b"Q", text(sql)))
        code, body = read_frame(self._stream)
        if code == messages.ERROR:
            list(self.until_ready())
            raise failure(body)
        try:
            for chunk in chunks:
                self.send(frame(b"d", chunk))
        except BaseException:
            self.send(frame(b"f", text("the load was given up")))
            list(self.until_ready())
            raise
        self.send(frame(b"c"))
        self._rows()

    def give_up(self) -> None:
        """Makes a transaction fail, as any error does."""
        if self.status == b"T":
            self.send(frame(b"Q", text("SELECT 1/0")))
            list(self.until_ready())

    def _rows(self) -> list[list[str | None]]:
        rows, failed = [], None
        for code, body in self.until_ready():
            if code == messages.ROW:
                rows.append(_values(body))
            elif code == messages.ERROR and failed is None:
                failed = body
        if failed is not None:
            raise failure(failed)
        return rows


def failure(body: bytes, *, fatal: bool = False) -> Refused:
    fields = messages.unpack_fields(messages.as_redshift_says(body))
    return Refused(fields["C"], fields["M"], fields.get("D", ""), fatal=fatal)


def _values(body: bytes) -> list[str | None]:
    values, at = [], 2
    for _ in range(struct.unpack_from("!H", body)[0]):
        (size,) = struct.unpack_from("!i", body, at)
        at += 4
        if size < 0:
            values.append(None)
        else:
            values.append(body[at : at + size].decode())
            at += size
    return values
