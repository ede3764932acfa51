"""A lock on S3: an object that says who holds it, and that is written again while that one lives.

Only S3's own clock tells how old it is. Everything is written over the version that was read, so
that of two who come at once one gets it.
"""

import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seniorlink_assets.storage.base import StillHeld, StorageError

if TYPE_CHECKING:
    from seniorlink_assets.storage.s3 import S3Storage

_PATIENCE = (0.05, 1.0)
"""Seconds between two looks at a lock that another holds, at first and at most."""


@contextmanager
def lease(storage: "S3Storage", name: str, seconds: float) -> Iterator[StillHeld]:
    """Waits for the lock, holds it, and gives it free."""
    held = _Lease(storage, name, seconds)
    held.take()
    over = threading.Event()
    keeper = threading.Thread(target=held.keep, args=(over,), name="lease", daemon=True)
    keeper.start()
    try:
        yield held.check
    finally:
        over.set()
        keeper.join()
        held.give_free()


@dataclass
class _Lease:
    storage: "S3Storage"
    name: str
    seconds: float
    holder: str = field(default_factory=lambda: f"{socket.gethostname()}-{secrets.token_hex(8)}")
    times: int = 0
    version: str | None = None
    until: float = 0.0

    def take(self) -> None:
        patience, longest = _PATIENCE
        while not self._taken():
            time.sleep(patience)
            patience = min(patience * 2, longest)

    def keep(self, over: threading.Event) -> None:
        """Writes it again, three times in its life, until it is over or another has taken it."""
        while self.version is not None and not over.wait(self.seconds / 3):
            with suppress(StorageError):  # it is tried again while the lease lasts
                if not self._write(self.version):
                    self.version = self._own_version()

    def check(self) -> None:
        """StorageError if it may be another's by now."""
        if self.version is None or _now() > self.until:
            raise StorageError(
                f"The lock {self.storage.where(self.name)} was lost, because S3 did not hear of "
                f"this process for {self.seconds:.0f} seconds; nothing is published, try again",
                transient=True,
            )

    def give_free(self) -> None:
        if self.version is not None:
            with suppress(StorageError):  # it ends by itself
                self.storage.replace(self.name, _said("", self.seconds, 0), self.version)

    def _own_version(self) -> str | None:
        """One of which it did not hear that it was written; None if another has the lock."""
        found = self.storage.read(self.name)
        if found and _understood(found.content, self.seconds)[0] == self.holder:
            return found.version
        return None

    def _taken(self) -> bool:
        found = self.storage.with_age(self.name)
        if found is None:
            return self._write(None)
        document, age = found
        holder, seconds = _understood(document.content, self.seconds)
        # S3 tells whole seconds.
        return (not holder or age > seconds + 1) and self._write(document.version)

    def _write(self, over: str | None) -> bool:
        began, self.times = _now(), self.times + 1
        content = _said(self.holder, self.seconds, self.times)
        version = self.storage.replace(self.name, content, over)
        if version is None:
            return False
        self.version, self.until = version, began + self.seconds
        return True


def _said(holder: str, seconds: float, times: int) -> bytes:
    return json.dumps({"holder": holder, "seconds": seconds, "times": times}).encode()


def _understood(content: bytes, seconds: float) -> tuple[str, float]:
    try:
        said = json.loads(content)
        return str(said["holder"]), float(said["seconds"])
    except (ValueError, TypeError, KeyError):
        return "nobody knows who", seconds


def _now() -> float:
    """Goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
