"""The lake: immutable snapshots, and the published pointers that say which of them count."""

import json
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from seniorlink_assets.sentence import SentenceError
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import (
    FEW,
    Document,
    Listed,
    StillHeld,
    Storage,
    StorageError,
)
from spark.contract.manifest import FILE_NAME, DataFile, Manifest

_HISTORY = 100
_WITHDRAWN = 20

_DEPTH = 5
"""Folders around a manifest."""


class LakeError(SentenceError):
    """Something in the lake is not what it must be."""


@dataclass(frozen=True)
class Published:
    """What readers of one partition see, or saw.

    `content` is a hash of its rows: it changes when they do, and only then. `fingerprint` says from
    what it was computed, `made_from` the same in parts that can be compared one by one, `place`
    where its manifest lies in the lake. `sequence` rises with every publication in a lake, whatever
    the clock says. `rolled_back_from` is the version that it took the place of when somebody rolled
    back to it; `withdrawn` are the fingerprints that somebody rolled back from, newest last.
    """

    partition: str
    content: str
    fingerprint: str
    place: str
    files: tuple[DataFile, ...]
    rows: int
    rejects: int
    run_id: str
    published_at: str
    made_from: Mapping[str, str] = field(default_factory=dict)
    withdrawn: tuple[str, ...] = ()
    sequence: int = 0
    rolled_back_from: str = ""

    @property
    def version(self) -> str:
        """What a destination calls it: the fingerprint and the attempt that computed it."""
        return self.place.rpartition("/")[2]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


class Lake:
    """snapshots/<key>/<partition>/ and published/<key>/<partition>.json in a storage."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    def snapshot_place(self, key: str, partition: str, fingerprint: str, attempt: str) -> str:
        """Where, within the lake, an attempt keeps the manifest of one partition."""
        return f"snapshots/{key}/{partition}/{fingerprint}-{attempt}"

    def committed_places(self, key: str) -> set[str]:
        """Where snapshots of a table are committed."""
        return {*_committed(self.storage.listed(f"snapshots/{key}/"))}

    def committed(self, key: str, partition: str, fingerprint: str) -> Snapshot | None:
        """The newest committed snapshot of this fingerprint, if there is one."""
        found = self.all_committed(key, {partition: fingerprint}).get(partition)
        if isinstance(found, LakeError):
            raise found
        return found

    def all_committed(
        self, key: str, fingerprints: Mapping[str, str]
    ) -> Mapping[str, "Snapshot | LakeError"]:
        """By partition what `committed` finds, or says is wrong; without those of which is none."""

        def newest(manifests: Mapping[str, Listed]) -> Collection[str]:
            found: dict[str, str] = {}
            for place, manifest in manifests.items():
                partition, attempt = _parts(place)
                wanted = fingerprints.get(partition)
                if wanted is not None and attempt.startswith(f"{wanted}-"):
                    best = manifests.get(found.get(partition, ""))
                    if best is None or best.modified < manifest.modified:
                        found[partition] = place
            return found.values()

        found = self._snapshots(key, fingerprints, newest)
        by_partition = {_parts(place)[0]: snapshot for place, snapshot in found.items()}
        return {part: by_partition[part] for part in fingerprints if part in by_partition}

    def snapshots(self, key: str, places: Collection[str]) -> Mapping[str, "Snapshot | LakeError"]:
        """By place what `snapshot` finds, or says is wrong, of several snapshots of a table."""
        partitions = {_parts(place)[0] for place in places}
        found = self._snapshots(
            key, partitions, lambda manifests: [place for place in places if place in manifests]
        )
        return {place: found.get(place) or self._not_committed(place) for place in places}

    def manifests(self, key: str, there: Iterable[Listed]) -> Mapping[str, "Manifest | LakeError"]:
        """By place what `manifest` finds, or says is wrong; `there` is all that a table has."""
        manifests = _committed(there)
        return self._manifests(key, manifests, manifests, are_all=True)

    def discard(self, data: str, places: Iterable[str]) -> None:
        """Removes what a job wrote to `data` before it failed, unless a manifest speaks of it."""
        if not self.storage.sizes(f"{place}/{FILE_NAME}" for place in places):
            with suppress(OSError, StorageError):  # `seniorlink gc` removes it some day
                self.storage.remove([f"{data}/"])

    def manifest(self, place: str, known: Document | None = None) -> Manifest:
        """The manifest at `place`; LakeError if it is missing or damaged.

        What it says need not be read where it is `known`.
        """
        name = f"{place}/{FILE_NAME}"
        try:
            document = known or self.storage.read(name)
            if document is None:
                raise self._not_committed(place)
            return Manifest.from_json(json.loads(document.content))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise LakeError(
                f"{self.storage.where(name)} is not a manifest ({type(error).__name__}); "
                "delete its folder to have the partition computed again"
            ) from error

    def snapshot(self, place: str) -> Snapshot:
        """The snapshot whose manifest lies at `place`; LakeError if it is missing or damaged."""
        manifest = self.manifest(place)
        return self._snapshot(place, manifest, self.storage.sizes(_files(manifest)))

    @contextmanager
    def at_hand(self, snapshots: Sequence[Snapshot]) -> Iterator[list[Snapshot]]:
        """The snapshots with files that programs of this machine can read, for a while."""
        files = [
            file.path
            for snapshot in snapshots
            for file in (*snapshot.manifest.files, *snapshot.manifest.reject_files)
        ]
        with self.storage.at_hand(files) as folder:
            yield [replace(snapshot, lake=str(folder)) for snapshot in snapshots]

    def published(self, key: str, partition: str) -> Published | None:
        """What is published of one partition."""
        found = self._read_pointer(_pointer(key, partition))
        return found.current if found else None

    def each_published(self, key: str, partitions: Sequence[str]) -> Mapping[str, Published | None]:
        """What is published of each of these partitions."""
        folder = f"published/{key}"
        found: dict[str, Published | None] = dict.fromkeys(partitions)
        names = [f"{partition}.json" for partition in partitions]
        with self._reading(folder):
            documents = self.storage.read_some(folder, names)
        for name, document in documents.items():
            current = self._understood(f"{folder}/{name}", document).current
            found[current.partition] = current
        return found

    def all_published(self, key: str) -> Mapping[str, Published]:
        """What is published of every partition, by partition."""
        folder = f"published/{key}"
        return {
            name.removesuffix(".json"): self._understood(f"{folder}/{name}", document).current
            for name, document in self.storage.read_all(folder).items()
            if name.endswith(".json")
        }

    def history(self, key: str, partition: str) -> Sequence[Published]:
        """All that was published of one partition, oldest first; the last is what is now."""
        return self.histories(key, [partition])[partition]

    def histories(self, key: str, partitions: Sequence[str]) -> Mapping[str, Sequence[Published]]:
        """The history of each of these partitions."""
        folder = f"published/{key}"
        found: dict[str, Sequence[Published]] = {part: [] for part in partitions}
        with self._reading(folder):
            documents = self.storage.read_some(folder, [f"{part}.json" for part in partitions])
        for name, document in documents.items():
            pointer = self._understood(f"{folder}/{name}", document)
            with self._reading(f"{folder}/{name}"):
                before = [_published(then) for then in pointer.history[:-1]]
            found[pointer.current.partition] = [*before, pointer.current]
        return found

    def publish(
        self,
        snapshot: Snapshot,
        expected: Published | None,
        run_id: str,
        made_from: Mapping[str, str] | None = None,
        sequence: int | None = None,
    ) -> Published:
        """Moves the pointer of a partition to `snapshot`, if it still says what was expected.

        Its place in the order of publications is one that `next_in_sequence` gave, or a new one.
        """
        manifest = snapshot.manifest
        pointer = Published(
            partition=manifest.partition,
            content=manifest.content,
            fingerprint=manifest.fingerprint,
            place=snapshot.place,
            files=manifest.files,
            rows=manifest.rows,
            rejects=manifest.rejects,
            run_id=run_id,
            published_at="",
            made_from=dict(made_from or {}),
            sequence=sequence or 0,
        )
        return self._move(manifest.key, expected, pointer, ())

    def move_back(
        self, key: str, expected: Published, release: Published, withdrawn: Iterable[str]
    ) -> Published:
        """Moves the pointer of a partition to another release of it, if it says what was expected.

        The fingerprints in `withdrawn` are remembered until they are published again.
        """
        pointer = replace(release, rolled_back_from=expected.version, sequence=0)
        return self._move(key, expected, pointer, withdrawn)

    @contextmanager
    def turn(
        self,
        key: str,
        expected: Mapping[str, Published | None],
        places: Mapping[str, str] | None = None,
    ) -> Iterator[StillHeld]:
        """Lets one run at a time publish `key`: its destination and its pointers move together.

        LakeError if another run has published one of these partitions meanwhile, unless it is the
        snapshot that `places` says is to be published. What it gives raises StorageError once the
        turn may be another's.
        """
        with self.storage.locked(f"published/{key}/.turn.lock") as still_held:
            published = self.each_published(key, [*expected])
            for partition, pointer in expected.items():
                found = published[partition]
                if found is None or found.place != (places or {}).get(partition):
                    _expect(key, partition, found, pointer)
            yield still_held

    def next_in_sequence(self, count: int = 1) -> int:
        """The first of so many: nanoseconds of the clock, but always more than before."""
        name = "published/.sequence"
        while True:
            found = self.storage.read(name)
            last = (found.content if found else b"0").split()[:1]
            first = max(time.time_ns(), int(last[0]) + 1 if last and last[0].isdigit() else 0)
            # What two write at once must differ: each has to know whether it was the one.
            content = f"{first + count - 1} {secrets.token_hex(4)}"
            if self.storage.write(name, content.encode(), over=found and found.version):
                return first

    def _snapshots(
        self,
        key: str,
        partitions: Collection[str],
        choose: Callable[[Mapping[str, Listed]], Collection[str]],
    ) -> Mapping[str, "Snapshot | LakeError"]:
        """The snapshots at the places that are chosen among those with a manifest.

        A listing is not of one moment: what it says is wrong counts if the next one says it too.
        """
        found: dict[str, Snapshot | LakeError] = {}
        if not partitions:
            return found
        are_all = len(partitions) > FEW
        for _ in range(2):
            there = [*self.storage.listed_in(f"snapshots/{key}", partitions)]
            committed = _committed(there)
            manifests = self._manifests(key, committed, choose(committed), are_all=are_all)
            sizes = {listed.name: listed.bytes for listed in there}
            if not are_all:
                files = (name for found in manifests.values() for name in _files(found))
                sizes |= self.storage.sizes(name for name in files if name not in sizes)
            found = {place: self._found(place, one, sizes) for place, one in manifests.items()}
            if not any(isinstance(one, LakeError) for one in found.values()):
                break
        return found

    def _manifests(
        self,
        key: str,
        committed: Mapping[str, Listed],
        places: Collection[str],
        *,
        are_all: bool,
    ) -> Mapping[str, "Manifest | LakeError"]:
        names = [committed[place].name for place in places]
        known: Mapping[str, Document] = {}
        if are_all:
            known = self.storage.read_together(f"snapshots/{key}", committed.values(), names)

        def read(place: str) -> Manifest | LakeError:
            try:
                return self.manifest(place, known.get(committed[place].name))
            except LakeError as error:
                return error

        return dict(zip(places, self.storage.each(read, places), strict=True))

    def _found(
        self, place: str, manifest: "Manifest | LakeError", sizes: Mapping[str, int]
    ) -> "Snapshot | LakeError":
        if isinstance(manifest, LakeError):
            return manifest
        try:
            return self._snapshot(place, manifest, sizes)
        except LakeError as error:
            return error

    def _not_committed(self, place: str) -> LakeError:
        return LakeError(
            f"{self.storage.where(f'{place}/{FILE_NAME}')} is missing; the job did not commit"
        )

    def _snapshot(self, place: str, manifest: Manifest, sizes: Mapping[str, int]) -> Snapshot:
        for file in (*manifest.files, *manifest.reject_files):
            if sizes.get(file.path) != file.bytes:
                raise LakeError(
                    f"{self.storage.where(file.path)} is missing or has another size than its "
                    f"manifest says; delete {self.storage.where(place)} to have {manifest.key} "
                    "computed again"
                )
        return Snapshot(self.storage.url, place, manifest)

    def _move(
        self, key: str, expected: Published | None, pointer: Published, withdrawn: Iterable[str]
    ) -> Published:
        name = _pointer(key, pointer.partition)
        sequence = pointer.sequence
        while True:
            found = self._read_pointer(name)
            if found and found.current.place == pointer.place:
                return found.current
            _expect(key, pointer.partition, found and found.current, expected)
            before = found.current.withdrawn if found else ()
            still = [each for each in before if each != pointer.fingerprint]
            sequence = sequence or self.next_in_sequence()
            moved = replace(
                pointer,
                published_at=datetime.now(UTC).isoformat(timespec="seconds"),
                sequence=sequence,
                withdrawn=tuple(dict.fromkeys([*still, *withdrawn]))[-_WITHDRAWN:],
            )
            newest = asdict(replace(moved, withdrawn=()))
            releases = [*(found.history if found else ()), newest][-_HISTORY:]
            content = json.dumps({"current": asdict(moved), "history": releases}).encode()
            if self.storage.write(name, content, over=found and found.version, durable=True):
                return moved

    def _read_pointer(self, name: str) -> "_Pointer | None":
        with self._reading(name):
            document = self.storage.read(name)
        return self._understood(name, document) if document else None

    def _understood(self, name: str, document: Document) -> "_Pointer":
        with self._reading(name):
            content = json.loads(document.content)
            current = _published(content["current"])
            if not name.endswith(f"/{current.partition}.json"):
                raise ValueError(f"it is of {current.partition}")
            return _Pointer(current, [*content["history"]], document.version)

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, KeyError, TypeError) as error:
            where = getattr(error, "filename", None) or self.storage.where(name)
            raise LakeError(
                f"{where} is not a published pointer ({type(error).__name__}); "
                "delete it and materialize the partition again"
            ) from error


@dataclass(frozen=True)
class _Pointer:
    """What a pointer says now, all it ever said, and the version of its document."""

    current: Published
    history: Sequence[Mapping[str, Any]]
    version: str


def _committed(there: Iterable[Listed]) -> Mapping[str, Listed]:
    """The manifests by the place of their snapshot: <schema>/<name>/<partition>/<attempt>/."""
    return {
        listed.name.removesuffix(f"/{FILE_NAME}"): listed
        for listed in there
        if listed.name.endswith(f"/{FILE_NAME}") and listed.name.count("/") == _DEPTH
    }


def _parts(place: str) -> tuple[str, str]:
    """The partition, and the fingerprint with the attempt."""
    partition, attempt = place.split("/")[-2:]
    return partition, attempt


def _files(manifest: "Manifest | LakeError") -> list[str]:
    if isinstance(manifest, LakeError):
        return []
    return [file.path for file in (*manifest.files, *manifest.reject_files)]


def _pointer(key: str, partition: str) -> str:
    return f"published/{key}/{partition}.json"


def _expect(key: str, partition: str, found: Published | None, expected: Published | None) -> None:
    if (found and found.place) != (expected and expected.place):
        raise LakeError(
            f"{key} {partition} was published by another run meanwhile; "
            "materialize again to decide between the two"
        )


def _published(fields: Mapping[str, Any]) -> Published:
    given = {
        **fields,
        "files": tuple(DataFile(**file) for file in fields["files"]),
        "withdrawn": tuple(fields.get("withdrawn", ())),
    }
    return Published(**given)
