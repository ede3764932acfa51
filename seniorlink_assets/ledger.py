"""The job ledger: which job is at work on a partition, and why the last try at it failed."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from seniorlink_assets.sentence import SentenceError
from seniorlink_assets.storage.base import Document, StillHeld, Storage

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
    def place(self) -> str:
        """Where its papers lie."""
        return place(self.key, self.attempt)

    @property
    def token(self) -> str:
        """The name of the job wherever it runs: whoever submits it twice finds the first."""
        return f"{self.fingerprints[self.partitions[0]]}-{self.attempt}"


def place(key: str, attempt: str) -> str:
    """Where the papers of an attempt lie, in the ledger's storage and in the launcher's."""
    return f"jobs/{key}/{attempt}"


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

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def claim(self, entry: Entry) -> list[Entry]:
        """Claims all partitions of a job, or none: then returns the jobs that are at work on some.

        Once claimed, nobody else submits a job for these partitions.
        """
        with self._locked(entry.key) as still_held:
            pages = self._pages_of(entry.key, entry.partitions)
            held = {page.claimed_by for page in pages.values() if page.claimed_by}
            holders = [self.entry(entry.key, attempt) for attempt in sorted(held)]
            if holders:
                return holders
            self._write_entry(entry)
            claimed = {
                part: replace(page, claimed_by=entry.attempt) for part, page in pages.items()
            }
            try:
                self._write_pages(entry.key, claimed, still_held)
            except LedgerError:
                self._give_free(entry, still_held)
                raise
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
        with self._locked(entry.key) as still_held:
            found = self.entry(entry.key, entry.attempt)
            if found.run_id != entry.run_id:
                return False
            first()
            if found.phase == "running":
                still_held()
                self._write_entry(replace(found, phase=phase, reason=reason, ended_at=_now()))
            self._give_free(entry, still_held)
        return True

    def entry(self, key: str, attempt: str, known: Document | None = None) -> Entry:
        """What is known of a job; LedgerError if that is missing or damaged.

        What its paper says need not be read where it is `known`.
        """
        name = f"{place(key, attempt)}/{_ENTRY}"
        try:
            document = known or self._storage.read(name)
            if document is None:
                raise FileNotFoundError(name)
            return Entry(**json.loads(document.content))
        except (OSError, ValueError, TypeError) as error:
            raise LedgerError(
                f"{self._storage.where(name)} does not say what became of a job "
                f"({type(error).__name__}); see that it is not running, then delete the files in "
                f"{self._storage.where(f'ledger/{key}')} and materialize again"
            ) from error

    def entries(self, key: str) -> list[Entry]:
        """The jobs of a table that there are papers of, without those whose papers are damaged."""
        folder = f"jobs/{key}"
        there = {
            listed.name.split("/")[-2]: listed
            for listed in self._storage.listed(f"{folder}/")
            if listed.name.endswith(f"/{_ENTRY}")
        }
        names = [listed.name for listed in there.values()]
        known = self._storage.read_together(folder, there.values(), names)

        def read(attempt: str) -> Entry | None:
            try:
                return self.entry(key, attempt, known.get(there[attempt].name))
            except LedgerError:
                return None

        return [entry for entry in self._storage.each(read, there) if entry]

    def attempts(self, key: str) -> list[str]:
        """The attempts at a table that there are papers of."""
        return self._storage.folders(f"jobs/{key}")

    def at_work(self, key: str | None = None) -> list[Entry]:
        """The jobs, of one table or of all, of which nobody has written down the end."""
        keys = [key] if key else self._keys()
        found = {
            (each, page.claimed_by)
            for each in keys
            for page in self._pages(each).values()
            if page.claimed_by
        }
        return self._storage.each(lambda one: self.entry(*one), sorted(found))

    def fail(self, key: str, failures: Mapping[str, Failed]) -> None:
        """Remembers by partition why it was not published."""
        if not failures:
            return
        with self._locked(key) as still_held:
            pages = self._pages_of(key, failures)
            changed = {
                part: replace(page, failed=asdict(failures[part])) for part, page in pages.items()
            }
            self._write_pages(key, changed, still_held)

    def succeed(self, key: str, partitions: Iterable[str]) -> None:
        """Forgets why partitions had failed."""
        there = self._storage.sizes(_page_name(key, partition) for partition in partitions)
        failed = [name.rpartition("/")[2].removesuffix(".json") for name in there]
        if not failed:
            return
        with self._locked(key) as still_held:
            pages = self._pages_of(key, failed)
            changed = {part: replace(page, failed=None) for part, page in pages.items()}
            self._write_pages(key, changed, still_held)

    def failures(self, key: str) -> Mapping[str, Failed]:
        """Why partitions of a table failed when they were tried last."""
        pages = self._pages(key)
        return {part: Failed(**page.failed) for part, page in pages.items() if page.failed}

    def _change(self, entry: Entry, **fields: Any) -> Entry:
        with self._locked(entry.key):
            changed = replace(self.entry(entry.key, entry.attempt), **fields)
            self._write_entry(changed)
        return changed

    def _give_free(self, entry: Entry, still_held: StillHeld) -> None:
        pages = self._pages_of(entry.key, entry.partitions)
        changed = {
            part: replace(page, claimed_by=None)
            for part, page in pages.items()
            if page.claimed_by == entry.attempt
        }
        self._write_pages(entry.key, changed, still_held)

    def _write_entry(self, entry: Entry) -> None:
        self._storage.put(f"{entry.place}/{_ENTRY}", json.dumps(asdict(entry)).encode())

    def _keys(self) -> list[str]:
        """The tables that have pages."""
        return sorted(
            {
                listed.name.removeprefix("ledger/").rpartition("/")[0]
                for listed in self._storage.listed("ledger/")
                if listed.name.endswith(".json")
            }
        )

    def _pages(self, key: str) -> Mapping[str, "_Page"]:
        """All pages of a table."""
        found = self._storage.read_all(f"ledger/{key}").items()
        return {
            name.removesuffix(".json"): self._understood(f"ledger/{key}/{name}", document)
            for name, document in found
            if name.endswith(".json")
        }

    def _pages_of(self, key: str, partitions: Collection[str]) -> dict[str, "_Page"]:
        """The pages of these partitions, written or not."""
        folder, found = f"ledger/{key}", dict.fromkeys(partitions, _Page())
        names = [f"{partition}.json" for partition in partitions]
        with self._reading(folder):
            documents = self._storage.read_some(folder, names)
        for name, document in documents.items():
            page = self._understood(f"{folder}/{name}", document)
            found[name.removesuffix(".json")] = page
        return found

    def _understood(self, name: str, document: Document) -> "_Page":
        with self._reading(name):
            found = json.loads(document.content)
            return _Page(found["claimed_by"], found["failed"], document.version)

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, KeyError, TypeError) as error:
            where = getattr(error, "filename", None) or self._storage.where(name)
            raise LedgerError(
                f"{where} is no page of the job ledger "
                f"({type(error).__name__}); see with `seniorlink jobs` that no job is at work on "
                "it, then delete it"
            ) from error

    def _write_pages(self, key: str, pages: Mapping[str, "_Page"], still_held: StillHeld) -> None:
        """Writes each over the version that was read; removes those that say nothing."""
        written = [part for part, page in pages.items() if page.says_something]

        def write(partition: str) -> bool:
            page = pages[partition]
            content = json.dumps({"claimed_by": page.claimed_by, "failed": page.failed})
            return self._storage.write(
                _page_name(key, partition), content.encode(), over=page.version
            )

        still_held()
        self._storage.remove(
            _page_name(key, part)
            for part, page in pages.items()
            if page.version and not page.says_something
        )
        if not all(self._storage.each(write, written)):
            raise LedgerError(
                f"{self._storage.where(f'ledger/{key}')} was written by another process "
                "meanwhile; materialize again"
            )

    @contextmanager
    def _locked(self, key: str) -> Iterator[StillHeld]:
        with self._storage.locked(f"ledger/{key}/.lock") as still_held:
            yield still_held


@dataclass(frozen=True)
class _Page:
    """What is known of a partition, and the version of its document, None if there is none."""

    claimed_by: str | None = None
    failed: Mapping[str, Any] | None = None
    version: str | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.claimed_by or self.failed)


def _page_name(key: str, partition: str) -> str:
    return f"ledger/{key}/{partition}.json"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
