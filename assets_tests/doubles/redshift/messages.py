"""Messages of PostgreSQL's protocol: framing, and errors as Redshift words them."""

import re
import struct
from collections.abc import Mapping
from typing import BinaryIO

READY = b"Z"
ERROR = b"E"
COMPLETE = b"C"
ROWS = b"T"
ROW = b"D"
NOTICE = b"N"

JSONB, SUPER = 3802, 4000
BYTES_OF = "bytes of "
"""How the CHECK constraints that count a VARCHAR's bytes are named."""


class Refused(Exception):
    """An error for the client: SQLSTATE, message, detail."""

    def __init__(self, code: str, message: str, detail: str = "", *, fatal: bool = False) -> None:
        super().__init__(message)
        self.code, self.message, self.detail, self.fatal = code, message, detail, fatal

    @property
    def frame(self) -> bytes:
        severity = "FATAL" if self.fatal else "ERROR"
        fields = {"S": severity, "C": self.code, "M": self.message}
        if self.detail:
            fields["D"] = self.detail
        return frame(ERROR, pack_fields(fields))


def engine_error(message: str, number: int, context: str, query: int = 0) -> Refused:
    """An error of Redshift's own engine, whose detail is a little table."""
    rows = {"error": message, "code": number, "context": context, "query": query}
    table = "".join(f"\n  {name + ':':<11}{value}" for name, value in rows.items())
    line = "-----------------------------------------------"
    return Refused("XX000", message, f"\n  {line}{table}\n  location:  double\n  {line}\n")


def numbered(number: str, detail: str) -> Refused:
    """An error whose message is but a number of Redshift's, such as 1023."""
    return Refused("XX000", number, detail)


def frame(code: bytes, body: bytes = b"") -> bytes:
    return code + struct.pack("!I", len(body) + 4) + body


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes]:
    """The next message; raises EOFError at the end."""
    header = stream.read(5)
    if len(header) < 5:
        raise EOFError
    size = struct.unpack("!I", header[1:])[0] - 4
    body = stream.read(size)
    if len(body) < size:
        raise EOFError
    return header[:1], body


def text(value: str) -> bytes:
    return value.encode() + b"\0"


def parameter(name: str, value: str) -> bytes:
    return frame(b"S", text(name) + text(value))


def complete(tag: str) -> bytes:
    return frame(COMPLETE, text(tag))


def info(message: str) -> bytes:
    return frame(NOTICE, pack_fields({"S": "INFO", "C": "00000", "M": message}))


def pack_fields(fields: Mapping[str, str]) -> bytes:
    return b"".join(text(name + value) for name, value in fields.items()) + b"\0"


def unpack_fields(body: bytes) -> dict[str, str]:
    return {
        part[:1].decode(): part[1:].decode(errors="replace") for part in body.split(b"\0") if part
    }


def as_redshift_says(body: bytes) -> bytes:
    """The body of an error of PostgreSQL as Redshift would have worded it."""
    fields = unpack_fields(body)
    code, column = fields.get("C"), fields.get("c", "")
    if code == "23502":
        fields["M"] = f"Cannot insert a NULL value into column {column}"
    elif code == "23514" and fields.get("n", "").startswith(BYTES_OF):
        said = engine_error(
            "Value too long for character type", 8001, "Value too long for its type"
        )
        fields |= {"C": said.code, "M": said.message, "D": said.detail}
    elif code == "22012":
        said = engine_error("Divide by zero", 1005, "")
        fields |= {"C": said.code, "M": said.message, "D": said.detail}
    elif code == "40001" or "tuple concurrently" in fields["M"] or _is_of_catalogue(fields):
        said = numbered(
            "1023",
            "Serializable isolation violation on table - 0, transactions forming the cycle are: "
            "1, 2 (pid:1)",
        )
        fields |= {"C": said.code, "M": said.message, "D": said.detail}
    elif code == "2BP01":
        fields.setdefault("H", "Use DROP ... CASCADE to drop the dependent objects too.")
    # Details quote rows; Redshift has no such detail.
    if code and code.startswith("23"):
        fields.pop("D", None)
    return pack_fields(fields)


def _is_of_catalogue(fields: Mapping[str, str]) -> bool:
    """Two made the same object at once."""
    return fields.get("C") == "23505" and fields.get("n", "").startswith("pg_")


def with_super(body: bytes) -> bytes:
    """A row description in which jsonb is what Redshift calls SUPER."""
    return re.sub(
        rb"(?s)" + struct.pack("!I", JSONB) + rb"\xff\xff\xff\xff\xff\xff\0\0",
        struct.pack("!I", SUPER) + b"\xff\xff\xff\xff\xff\xff\0\0",
        body,
    )
