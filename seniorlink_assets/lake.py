"""The lake: immutable snapshots, and the published pointers that say which of them count."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seniorlink_assets.snapshot import Snapshot
from spark.contract.manifest import FILE_NAME, DataFile, Manifest, ManifestError


class LakeError(Exception):
    """Something in the lake is not what it must be."""


@dataclass(frozen=True)
class Published:
    """What readers of one partition see.

    `content` is a hash of its rows: it changes when they do, and only then. `fingerprint` says from
    what it was computed, `place` where its manifest lies in the lake.
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

    def job_folder(self, key: str, attempt: str) -> Path:
        """Where an attempt keeps what it was told and what it said."""
        return self.root / "jobs" / key / attempt

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

    def publish(self, snapshot: Snapshot, expected: Published | None, run_id: str) -> Published:
        """Moves the pointer of a partition to `snapshot`, if it still says what was expected."""
        manifest = snapshot.manifest
        path = self._pointer(manifest.key, manifest.partition)
        pointer = Published(
            partition=manifest.partition,
            content=manifest.content,
            fingerprint=manifest.fingerprint,
            place=snapshot.place,
            files=manifest.files,
            rows=manifest.rows,
            rejects=manifest.rejects,
            run_id=run_id,
            published_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        with self._locked(manifest.key, "pointers"):
            found, history = self._read_pointer(path) or (None, [])
            _expect(manifest.key, manifest.partition, found, expected)
            if found and found.place == snapshot.place:
                return found
            content = {"current": asdict(pointer), "history": [*history, asdict(pointer)]}
            draft = path.with_suffix(".tmp")
            with draft.open("w", encoding="utf-8") as stream:
                json.dump(content, stream)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
        return pointer

    @contextmanager
    def turn(self, key: str, expected: Mapping[str, Published | None]) -> Iterator[None]:
        """Lets one run at a time publish `key`: its destination and its pointers move together.

        LakeError if another run has published one of these partitions meanwhile.
        """
        with self._locked(key, "turn"):
            for partition, pointer in expected.items():
                _expect(key, partition, self.published(key, partition), pointer)
            yield

    def _pointer(self, key: str, partition: str) -> Path:
        return self.root / "published" / key / f"{partition}.json"

    def _read_pointer(self, path: Path) -> tuple[Published, list[dict[str, Any]]] | None:
        """What a pointer says now, and all it ever said."""
        try:
            content = json.loads(path.read_bytes())
            current, history = content["current"], content["history"]
            files = tuple(DataFile(**file) for file in current["files"])
            return Published(**{**current, "files": files}), [*history]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LakeError(
                f"{path} is not a published pointer ({type(error).__name__}); "
                "delete it and materialize the partition again"
            ) from error

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
