"""What has landed: the files of a landing set by day, and the version of each day."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seniorlink_assets.sentence import InputError
from seniorlink_assets.storage.base import Listed, Storage
from spark.contract import LandingSet

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class LandedError(InputError):
    """A landing folder that must be there is not, or one is there that is no day."""


@dataclass(frozen=True)
class LandedDay:
    """The files of one day, as a job is told them.

    `version` changes when a file comes, goes or changes.
    """

    day: str
    files: tuple[str, ...]
    bytes: int
    version: str


class Landed:
    """The landing sets of a storage, in landing/<system>/<set>/<day>/.

    Where a listing tells no more of a content than when it was written, `cache` is a folder in
    which hashes are remembered.
    """

    def __init__(self, storage: Storage, cache: Path | None = None) -> None:
        self._storage, self._cache = storage, cache

    @property
    def where(self) -> str:
        """Where a person finds the sets."""
        return self._storage.where("landing")

    def days(self, landing: LandingSet) -> list[str]:
        """The days of a set that have a folder; LandedError if the set has none at all."""
        days = [name for name in self._storage.folders(landing.folder) if name[0] != "."]
        if not days:
            self._see_that_it_is_there(landing)
        for day in days:
            if not _DAY.fullmatch(day):
                raise LandedError(
                    f"{landing.folder}/{day} in {self._storage.url} is no day; rename the folder "
                    "to one (2025-01-31), or let its name begin with a dot to have it ignored"
                )
        return days

    def every_day(self) -> set[str]:
        """The days of all sets there are."""
        storage = self._storage
        systems = [f"landing/{name}" for name in storage.folders("landing")]
        sets = [
            f"{system}/{name}"
            for system, names in zip(systems, storage.each(storage.folders, systems), strict=True)
            for name in names
        ]
        found = {day for days in storage.each(storage.folders, sets) for day in days}
        return {day for day in found if _DAY.fullmatch(day)}

    def each_day(self, landing: LandingSet, days: Sequence[str]) -> Mapping[str, LandedDay]:
        """Several days of a set; LandedError if some have no folder."""
        files: dict[str, dict[str, Listed]] = {day: {} for day in days}
        for listed in self._storage.listed_in(landing.folder, files):
            day, _, name = listed.name.removeprefix(f"{landing.folder}/").partition("/")
            if day in files and name and name[0] != "." and "/" not in name:
                files[day][name] = listed
        self._see_that_days_are_there(landing, [day for day in files if not files[day]])
        found = self._storage.each(lambda day: self._day(landing, day, files[day]), days)
        return dict(zip(days, found, strict=True))

    def day(self, landing: LandingSet, day: str) -> LandedDay:
        """One day of a set; LandedError if it has no folder."""
        return self.each_day(landing, [day])[day]

    def _day(self, landing: LandingSet, day: str, files: Mapping[str, Listed]) -> LandedDay:
        text = json.dumps(self._contents(landing, day, files), sort_keys=True)
        return LandedDay(
            day,
            tuple(self._storage.where(listed.name) for listed in files.values()),
            sum(listed.bytes for listed in files.values()),
            hashlib.sha256(text.encode()).hexdigest()[:16],
        )

    def _see_that_days_are_there(self, landing: LandingSet, days: Sequence[str]) -> None:
        storage, folder = self._storage, landing.folder
        if len(days) > 1:
            there = {*storage.folders(folder)}
        else:
            there = {day for day in days if storage.has_folder(f"{folder}/{day}")}
        missing = {
            day: f"{folder}/{day} is missing in {storage.url}; bring its files there, or make an "
            "empty folder to say that there were none"
            for day in days
            if day not in there
        }
        if missing:
            self._see_that_it_is_there(landing)
            raise LandedError(next(iter(missing.values())), missing)

    def _see_that_it_is_there(self, landing: LandingSet) -> None:
        if not self._storage.has_folder(landing.folder):
            raise LandedError(
                f"{landing.folder} is missing in {self._storage.url}; "
                "bring the files there, or run `seniorlink seed` for the sample company's"
            )

    def _contents(
        self, landing: LandingSet, day: str, files: Mapping[str, Listed]
    ) -> Mapping[str, str]:
        """What stands for the content of each file."""
        if self._cache is None:
            return {name: f"{listed.version}-{listed.bytes}" for name, listed in files.items()}
        path = self._cache / landing.folder / f"{day}.json"
        known = _remembered(path)
        now = {name: self._entry(listed, known.get(name)) for name, listed in files.items()}
        kept = {name: entry for name, entry in now.items() if entry[0]}
        if kept != known:
            with suppress(OSError):  # what is not remembered only costs time
                path.parent.mkdir(parents=True, exist_ok=True)
                draft = path.with_suffix(f".{secrets.token_hex(4)}.tmp")
                draft.write_text(json.dumps(kept), encoding="utf-8")
                draft.replace(path)
        return {name: entry[1] for name, entry in now.items()}

    def _entry(self, listed: Listed, before: list[str] | None) -> list[str]:
        """The version of a content, and its hash."""
        if before and listed.version and before[0] == listed.version:
            return before
        with self._storage.at_hand([listed.name]) as folder:
            return [listed.version, _hash(folder / listed.name)]


def _remembered(path: Path) -> dict[str, list[str]]:
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
        if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], str)
    }


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").hexdigest()[:32]
