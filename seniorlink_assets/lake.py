"""The lake: immutable snapshots, and the published pointers that say which of them count."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seniorlink_assets.sentence import SentenceError
from seniorlink_assets.snapshot import Snapshot
from spark.contract.manifest import FILE_NAME, DataFile, Manifest, ManifestError

_HISTORY = 100
_WITHDRAWN = 20


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
    """A lake in a folder: snapshots/<key>/<partition>/, published/<key>/<partition>.json, jobs/."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def snapshot_place(self, key: str, partition: str, fingerprint: str, attempt: str) -> str:
        """Where, within the lake, an attempt keeps the manifest of one partition."""
        return f"snapshots/{key}/{partition}/{fingerprint}-{attempt}"

    def committed(self, key: str, partition: str, fingerprint: str) -> Snapshot | None:
        """The newest committed snapshot of this fingerprint, if there is one."""
        folder = self.root / "snapshots" / key / partition
        found = [*folder.glob(f"{fingerprint}-*/{FILE_NAME}")]
        if not found:
            return None
        newest = max(found, key=lambda path: path.stat().st_mtime_ns)
        return self.snapshot(newest.parent.relative_to(self.root).as_posix())

    def discard(self, data: str, places: Iterable[str]) -> None:
        """Removes what a job wrote to `data` before it failed, unless a manifest speaks of it."""
        if not any((self.root / place / FILE_NAME).exists() for place in places):
            shutil.rmtree(self.root / data, ignore_errors=True)

    def snapshot(self, place: str) -> Snapshot:
        """The snapshot whose manifest lies at `place`; LakeError if it is missing or damaged."""
        try:
            manifest = Manifest.read(self.root / place / FILE_NAME)
        except ManifestError as error:
            raise LakeError(str(error)) from error
        for file in (*manifest.files, *manifest.reject_files):
            path = self.root / file.path
            if not path.is_file() or path.stat().st_size != file.bytes:
                raise LakeError(
                    f"{path} is missing or has another size than its manifest says; "
                    f"delete {self.root / place} to have {manifest.key} computed again"
                )
        return Snapshot(self.root, place, manifest)

    def published(self, key: str, partition: str) -> Published | None:
        """What is published of one partition."""
        found = self._read_pointer(self._pointer(key, partition))
        return found[0] if found else None

    def all_published(self, key: str) -> Mapping[str, Published]:
        """What is published of every partition, by partition."""
        folder = self.root / "published" / key
        if not folder.is_dir():
            return {}
        found = {path.stem: self._read_pointer(path) for path in sorted(folder.glob("*.json"))}
        return {partition: pointer[0] for partition, pointer in found.items() if pointer}

    def history(self, key: str, partition: str) -> Sequence[Published]:
        """All that was published of one partition, oldest first; the last is what is now."""
        path = self._pointer(key, partition)
        found = self._read_pointer(path)
        if found is None:
            return []
        current, history = found
        with _reading(path):
            return [*map(_published, history[:-1]), current]

    def publish(
        self,
        snapshot: Snapshot,
        expected: Published | None,
        run_id: str,
        made_from: Mapping[str, str] | None = None,
    ) -> Published:
        """Moves the pointer of a partition to `snapshot`, if it still says what was expected."""
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
        )
        return self._move(manifest.key, expected, pointer, ())

    def move_back(
        self, key: str, expected: Published, release: Published, withdrawn: Iterable[str]
    ) -> Published:
        """Moves the pointer of a partition to another release of it, if it says what was expected.

        The fingerprints in `withdrawn` are remembered until they are published again.
        """
        pointer = replace(release, rolled_back_from=expected.version)
        return self._move(key, expected, pointer, withdrawn)

    @contextmanager
    def turn(
        self,
        key: str,
        expected: Mapping[str, Published | None],
        places: Mapping[str, str] | None = None,
    ) -> Iterator[None]:
        """Lets one run at a time publish `key`: its destination and its pointers move together.

        LakeError if another run has published one of these partitions meanwhile, unless it is the
        snapshot that `places` says is to be published.
        """
        with self._locked(key, "turn"):
            for partition, pointer in expected.items():
                found = self.published(key, partition)
                if found is None or found.place != (places or {}).get(partition):
                    _expect(key, partition, found, pointer)
            yield

    def _pointer(self, key: str, partition: str) -> Path:
        return self.root / "published" / key / f"{partition}.json"

    def _move(
        self, key: str, expected: Published | None, pointer: Published, withdrawn: Iterable[str]
    ) -> Published:
        path = self._pointer(key, pointer.partition)
        with self._locked(key, "pointers"):
            found, history = self._read_pointer(path) or (None, [])
            if found and found.place == pointer.place:
                return found
            _expect(key, pointer.partition, found, expected)
            before = found.withdrawn if found else ()
            still = [each for each in before if each != pointer.fingerprint]
            pointer = replace(
                pointer,
                published_at=datetime.now(UTC).isoformat(timespec="seconds"),
                sequence=self._next_in_sequence(),
                withdrawn=tuple(dict.fromkeys([*still, *withdrawn]))[-_WITHDRAWN:],
            )
            newest = asdict(replace(pointer, withdrawn=()))
            releases = [*history, newest][-_HISTORY:]
            _replace(path, {"current": asdict(pointer), "history": releases})
        return pointer

    def _next_in_sequence(self) -> int:
        """Nanoseconds of the clock, but always more than before."""
        path = self.root / "published" / ".sequence"
        with path.open("a+", encoding="ascii") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.seek(0)
            last = stream.read()
            number = max(time.time_ns(), int(last) + 1 if last.isdigit() else 0)
            stream.truncate(0)
            stream.write(str(number))
        return number

    def _read_pointer(self, path: Path) -> tuple[Published, list[Mapping[str, Any]]] | None:
        """What a pointer says now, and all it ever said."""
        with _reading(path):
            try:
                content = json.loads(path.read_bytes())
            except FileNotFoundError:
                return None
            current = _published(content["current"])
            if current.partition != path.stem:
                raise ValueError(f"it is of {current.partition}")
            return current, [*content["history"]]

    @contextmanager
    def _locked(self, key: str, what: str) -> Iterator[None]:
        folder = self.root / "published" / key
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f".{what}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _expect(key: str, partition: str, found: Published | None, expected: Published | None) -> None:
    if (found and found.place) != (expected and expected.place):
        raise LakeError(
            f"{key} {partition} was published by another run meanwhile; "
            "materialize again to decide between the two"
        )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LakeError(
            f"{path} is not a published pointer ({type(error).__name__}); "
            "delete it and materialize the partition again"
        ) from error


def _published(fields: Mapping[str, Any]) -> Published:
    given = {
        **fields,
        "files": tuple(DataFile(**file) for file in fields["files"]),
        "withdrawn": tuple(fields.get("withdrawn", ())),
    }
    return Published(**given)


def _replace(path: Path, content: Mapping[str, Any]) -> None:
    draft = path.with_suffix(".tmp")
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
