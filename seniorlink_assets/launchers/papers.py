"""The papers of a job: what it was told and what it said, at one place of a storage."""

from dataclasses import dataclass
from pathlib import Path

from seniorlink_assets.storage.base import Storage
from seniorlink_assets.storage.disk import DiskStorage


@dataclass(frozen=True)
class Papers:
    """The papers at a place such as jobs/care/daily_notes/6d0e3f6a-1f2e3d."""

    storage: Storage
    place: str

    @property
    def where(self) -> str:
        """Where a person finds them."""
        return self.storage.where(self.place)

    @property
    def folder(self) -> Path:
        """The folder that they are, for a job of this machine: no other storage is one."""
        if not isinstance(self.storage, DiskStorage):
            raise TypeError(f"{self.where} is no folder of this machine")
        return self.storage.root / self.place

    def read(self, name: str) -> bytes | None:
        """One of them; None if there is no such."""
        found = self.storage.read(f"{self.place}/{name}")
        return found.content if found else None

    def tail(self, name: str, bytes: int) -> bytes | None:
        """The end of one of them."""
        return self.storage.tail(f"{self.place}/{name}", bytes)

    def put(self, name: str, content: bytes) -> None:
        self.storage.put(f"{self.place}/{name}", content)


def exit_code(papers: Papers) -> int | None:
    """What the job ended with; None if it lives, or could not write it down."""
    text = (papers.read("exit") or b"").strip()
    return int(text) if text.removeprefix(b"-").isdigit() else None
