"""What has landed: the files of a landing set by day, and the version of each day."""

import hashlib
import json
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seniorlink_assets.sentence import SentenceError
from spark.contract import LandingSet

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

_SETTLED_NS = 1_000_000_000
"""A file that is younger may change again within the same tick of the file system's clock."""


class LandedError(SentenceError):
    """A landing folder that must be there is not, or one is there that is no day."""


@dataclass(frozen=True)
class LandedDay:
    """The files of one day; `version` changes when a file comes, goes or changes."""

    day: str
    files: tuple[Path, ...]
    bytes: int
    version: str


class Landed:
    """The landing folder of a home; remembers content hashes in `cache` by size and times."""

    def __init__(self, home: Path, cache: Path) -> None:
        self._home = home
        self._cache = cache

    def days(self, landing: LandingSet) -> list[str]:
        """The days of a set that have a folder; LandedError if the set has none at all."""
        folder = self._folder(landing)
        days = sorted(
            path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != "."
        )
        for day in days:
            if not _DAY.fullmatch(day):
                raise LandedError(
                    f"{landing.folder}/{day} in {self._home} is no day; rename the folder to one "
                    "(2025-01-31), or let its name begin with a dot to have it ignored"
                )
        return days

    def day(self, landing: LandingSet, day: str) -> LandedDay:
        """One day of a set; LandedError if it has no folder."""
        folder = self._folder(landing) / day
        if not folder.is_dir():
            raise LandedError(
                f"{landing.folder}/{day} is missing in {self._home}; "
                "bring its files there, or make an empty folder to say that there were none"
            )
        files = sorted(
            path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")
        )
        hashes = self._hashes(landing, day, files)
        text = json.dumps(hashes, sort_keys=True)
        return LandedDay(
            day,
            tuple(files),
            sum(path.stat().st_size for path in files),
            hashlib.sha256(text.encode()).hexdigest()[:16],
        )

    def _folder(self, landing: LandingSet) -> Path:
        folder = self._home / landing.folder
        if not folder.is_dir():
            raise LandedError(
                f"{landing.folder} is missing in {self._home}; "
                "bring the files there, or run `seniorlink seed` for the sample company's"
            )
        return folder

    def _hashes(self, landing: LandingSet, day: str, files: list[Path]) -> Mapping[str, str]:
        path = self._cache / landing.folder / f"{day}.json"
        known = _remembered(path)
        now = {file.name: _entry(file, known.get(file.name)) for file in files}
        settled = time.time_ns() - _SETTLED_NS
        kept = {name: entry for name, entry in now.items() if max(entry[1:3]) < settled}
        if kept != known:
            with suppress(OSError):  # what is not remembered only costs time
                path.parent.mkdir(parents=True, exist_ok=True)
                draft = path.with_suffix(f".{secrets.token_hex(4)}.tmp")
                draft.write_text(json.dumps(kept), encoding="utf-8")
                draft.replace(path)
        return {name: entry[3] for name, entry in now.items()}


def _entry(file: Path, before: list | None) -> list:
    """Size, times of the content and of the file itself, and the content's hash."""
    stat = file.stat()
    stamp = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
    return before if before and before[:3] == stamp else [*stamp, _hash(file)]


def _remembered(path: Path) -> dict[str, list]:
    """The entries by file name; what a process that died has left of them is passed over."""
    try:
        found: Any = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        name: entry
        for name, entry in found.items()
        if isinstance(entry, list) and len(entry) == 4 and isinstance(entry[3], str)
    }


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").hexdigest()[:32]
