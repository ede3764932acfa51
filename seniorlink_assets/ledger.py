"""The job ledger: which job is at work on a partition, and why the last try at it failed."""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from seniorlink_assets.sentence import SentenceError

_ENTRY = "entry.json"

Ended = Literal["succeeded", "failed", "cancelled"]


class LedgerError(SentenceError):
    """Something in the ledger is not what it must be."""


@dataclass(frozen=True)
class Entry:
    """One job, from the intent to submit it to its end.

    `fingerprints` are of the snapshots it commits, by partition; `run_id` is the Dagster run that
    answers for it; `handle` is what its launcher knows it by, None until that has been told.
    """

    key: str
    attempt: str
    fingerprints: Mapping[str, str]
    run_id: str
    launcher: str
    intended_at: str
    handle: Mapping[str, Any] | None = None
    phase: Literal["running"] | Ended = "running"
    reason: str = ""
    ended_at: str = ""

    @property
    def partitions(self) -> list[str]:
        return sorted(self.fingerprints)

    @property
    def token(self) -> str:
        """The name of the job wherever it runs: whoever submits it twice finds the first."""
        return f"{self.fingerprints[self.partitions[0]]}-{self.attempt}"


@dataclass(frozen=True)
class Failed:
    """Why the last try at a partition, which was to have this fingerprint, published nothing.

    `made_from` is what the fingerprint was made of: digests by name.
    """

    fingerprint: str
    sentence: str
    run_id: str
    made_from: Mapping[str, str] = field(default_factory=dict)
    at: str = field(default_factory=lambda: _now())


class Ledger:
    """ledger/<key>/<partition>.json: who is at work on it and why it failed; none if all is well.

    What is known of a job lies with its papers, in jobs/<key>/<attempt>/.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, key: str, attempt: str) -> Path:
        """Where an attempt keeps what it was told and what it said."""
        return self._root / "jobs" / key / attempt

    def claim(self, entry: Entry) -> list[Entry]:
        """Claims all partitions of a job, or none: then returns the jobs that are at work on some.

        Once claimed, nobody else submits a job for these partitions.
        """
        with self._locked(entry.key):
            pages = {part: self._page(entry.key, part) for part in entry.partitions}
            held = {page["claimed_by"] for page in pages.values() if page["claimed_by"]}
            holders = [self.entry(entry.key, attempt) for attempt in sorted(held)]
            if holders:
                return holders
            self._write_entry(entry)
            for partition, page in pages.items():
                self._write_page(entry.key, partition, {**page, "claimed_by": entry.attempt})
        return []

    def submitted(self, entry: Entry, handle: Mapping[str, Any]) -> Entry:
        """Writes down what the launcher calls a job."""
        return self._change(entry, handle=dict(handle))

    def adopt(self, entry: Entry, run_id: str) -> Entry:
        """Lets another Dagster run answer for a job."""
        return self._change(entry, run_id=run_id)

    def end(
        self,
        entry: Entry,
        phase: Ended,
        reason: str = "",
        first: Callable[[], None] = lambda: None,
    ) -> bool:
        """Writes down how a job ended and gives its partitions free; whoever comes first is heard.

        False, and nothing is done, if another run answers for it meanwhile. `first` is done before,
        while nobody else can come to answer for it.
        """
        with self._locked(entry.key):
            found = self.entry(entry.key, entry.attempt)
            if found.run_id != entry.run_id:
                return False
            first()
            if found.phase == "running":
                self._write_entry(replace(found, phase=phase, reason=reason, ended_at=_now()))
            for partition in entry.partitions:
                page = self._page(entry.key, partition)
                if page["claimed_by"] == entry.attempt:
                    self._write_page(entry.key, partition, {**page, "claimed_by": None})
        return True

    def entry(self, key: str, attempt: str) -> Entry:
        """What is known of a job; LedgerError if that is missing or damaged."""
        path = self.folder(key, attempt) / _ENTRY
        try:
            return Entry(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise LedgerError(
                f"{path} does not say what became of a job ({type(error).__name__}); see that it "
                f"is not running, then delete the files in {self._root / 'ledger' / key} and "
                "materialize again"
            ) from error

    def at_work(self, key: str | None = None) -> list[Entry]:
        """The jobs, of one table or of all, of which nobody has written down the end."""
        found = set()
        for path in sorted((self._root / "ledger").glob(f"{key or '*/*'}/*.json")):
            name = path.parent.relative_to(self._root / "ledger").as_posix()
            claimed = self._page(name, path.stem)["claimed_by"]
            if claimed:
                found.add((name, claimed))
        return [self.entry(name, attempt) for name, attempt in sorted(found)]

    def fail(self, key: str, failures: Mapping[str, Failed]) -> None:
        """Remembers by partition why it was not published."""
        if not failures:
            return
        with self._locked(key):
            for partition, failed in failures.items():
                page = self._page(key, partition)
                self._write_page(key, partition, {**page, "failed": asdict(failed)})

    def succeed(self, key: str, partitions: Iterable[str]) -> None:
        """Forgets why partitions had failed."""
        failed = [part for part in partitions if self._path(key, part).exists()]
        if not failed:
            return
        with self._locked(key):
            for partition in failed:
                page = self._page(key, partition)
                self._write_page(key, partition, {**page, "failed": None})

    def failures(self, key: str) -> Mapping[str, Failed]:
        """Why partitions of a table failed when they were tried last."""
        paths = sorted((self._root / "ledger" / key).glob("*.json"))
        pages = {path.stem: self._page(key, path.stem) for path in paths}
        return {part: Failed(**page["failed"]) for part, page in pages.items() if page["failed"]}

    def _change(self, entry: Entry, **fields: Any) -> Entry:
        with self._locked(entry.key):
            changed = replace(self.entry(entry.key, entry.attempt), **fields)
            self._write_entry(changed)
        return changed

    def _write_entry(self, entry: Entry) -> None:
        folder = self.folder(entry.key, entry.attempt)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(folder / _ENTRY, asdict(entry))

    def _path(self, key: str, partition: str) -> Path:
        return self._root / "ledger" / key / f"{partition}.json"

    def _page(self, key: str, partition: str) -> dict[str, Any]:
        path = self._path(key, partition)
        try:
            found = json.loads(path.read_bytes())
            return {"claimed_by": found["claimed_by"], "failed": found["failed"]}
        except FileNotFoundError:
            return {"claimed_by": None, "failed": None}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LedgerError(
                f"{path} is no page of the job ledger ({type(error).__name__}); see with "
                "`seniorlink jobs` that no job is at work on it, then delete it"
            ) from error

    def _write_page(self, key: str, partition: str, page: Mapping[str, Any]) -> None:
        path = self._path(key, partition)
        if any(page.values()):
            _replace(path, page)
        else:
            path.unlink(missing_ok=True)

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        folder = self._root / "ledger" / key
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _replace(path: Path, content: Mapping[str, Any]) -> None:
    draft = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(2)}.tmp")
    try:
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
