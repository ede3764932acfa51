"""What has landed: the files of a landing set by day, and the version of each day."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spark.contract import LandingSet


class LandedError(Exception):
    """A landing folder that must be there is not."""


@dataclass(frozen=True)
class LandedDay:
    """The files of one day; `version` changes when a file comes, goes or changes."""

    day: str
    files: tuple[Path, ...]
    bytes: int
    version: str


class Landed:
    """The landing folder of a home; remembers content hashes in `cache` by size and time."""

    def __init__(self, home: Path, cache: Path) -> None:
        self._home = home
        self._cache = cache

    def days(self, landing: LandingSet) -> list[str]:
        """The days of a set that have a folder; LandedError if the set has none at all."""
        folder = self._home / landing.folder
        if not folder.is_dir():
            raise LandedError(
                f"{landing.folder} is missing in {self._home}; "
                "bring the files there, or run `seniorlink seed` for the sample company's"
            )
        return sorted(path.name for path in folder.iterdir() if path.is_dir())

    def day(self, landing: LandingSet, day: str) -> LandedDay:
        """One day of a set; LandedError if it has no folder."""
        self.days(landing)
        folder = self._home / landing.folder / day
        if not folder.is_dir():
            raise LandedError(
                f"{landing.folder}/{day} is missing in {self._home}; "
                "an empty folder would say that there was nothing that day"
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

    def _hashes(self, landing: LandingSet, day: str, files: list[Path]) -> Mapping[str, str]:
        path = self._cache / landing.folder / f"{day}.json"
        known: dict[str, list] = {}
        if path.is_file():
            try:
                known = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:  # written by a process that died; it only saves time
                known = {}
        now: dict[str, list] = {}
        for file in files:
            stat = file.stat()
            stamp = [stat.st_size, stat.st_mtime_ns]
            before = known.get(file.name)
            now[file.name] = before if before and before[:2] == stamp else [*stamp, _hash(file)]
        if now != known:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}.tmp")
            draft.write_text(json.dumps(now), encoding="utf-8")
            draft.replace(path)
        return {name: entry[2] for name, entry in now.items()}


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").hexdigest()[:32]
