"""Buckets as folders for one job: what it may read is brought in, what it wrote is carried out."""

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assets_tests.doubles.aws.policy import Policy

if TYPE_CHECKING:
    from assets_tests.doubles.aws.s3 import S3

LINKED_FROM = 1 << 20
"""Bytes from which a file is shared by hard link; smaller ones are cheap to write again."""

ACCESS_DENIED = (
    "java.nio.file.AccessDeniedException: s3://{bucket}/{key}: {what} "
    "(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)"
)

Signature = tuple[int, int, int]


@dataclass
class _Known:
    """A file and an object that were the same when last seen."""

    signature: Signature
    etag: str


class Mirror:
    """The folder of one job; only what this job changed goes out, and only over what it saw."""

    def __init__(self, s3: "S3", policy: Policy, root: Path, shared: Path) -> None:
        self._s3, self._policy, self.root, self._shared = s3, policy, root, shared
        self._known: dict[tuple[str, str], _Known] = {}
        self._hidden: set[tuple[str, str]] = set()
        self._unfinished: set[Path] = set()
        self._seen = -1
        self.refusals: list[str] = []

    def bring_in(self) -> None:
        """Makes the folder what S3 is now, but for what the job has changed meanwhile."""
        changes = self._s3.changes
        if changes == self._seen:
            return
        self._seen = changes
        for bucket in self._s3.buckets():
            (self.root / bucket).mkdir(parents=True, exist_ok=True)
            there = self._s3.etags(bucket)
            for key, etag in there.items():
                self._bring(bucket, key, etag)
            for gone in [
                each for each in self._known if each[0] == bucket and each[1] not in there
            ]:
                path = self._path(*gone)
                if _signature(path) == self._known[gone].signature:
                    path.unlink()
                    _checksum(path).unlink(missing_ok=True)
                    del self._known[gone]

    def carry_out(
        self, open_files: Callable[[], Collection[Path]], *, killed: bool = False
    ) -> None:
        """Writes to S3 what is new, changed or gone here; never a file that is still open.

        Of a killed job, what was open when last seen is lost, as an upload that did not end.
        """
        changed = [
            (each, path, now)
            for each, path, now in self._files()
            if (known := self._known.get(each)) is None or known.signature != now
        ]
        unfinished = set(open_files()) if changed and not killed else self._unfinished
        self._unfinished = unfinished
        for (bucket, key), path, before in changed:
            if path in unfinished:
                continue
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            if _signature(path) == before and not (not killed and path in open_files()):
                self._write(bucket, key, content, before)
        for gone in [each for each in self._known if not self._path(*each).exists()]:
            self._remove(*gone)

    def explain(self, text: str) -> Iterator[str]:
        """Lines about objects that were hidden from the job and are named in its output."""
        for bucket, key in sorted(self._hidden):
            if f"s3://{bucket}/{key}" in text or f"s3://{bucket}/{key.rpartition('/')[0]}" in text:
                yield ACCESS_DENIED.format(bucket=bucket, key=key, what="getFileStatus: Forbidden")
                return

    def _bring(self, bucket: str, key: str, etag: str) -> None:
        each = bucket, key
        known = self._known.get(each)
        if (known is not None and known.etag == etag) or key.endswith("/") or each in self._hidden:
            return
        kms_key = self._s3.kms_key(bucket, key)
        if not self._policy.reads(bucket, key) or not self._policy.uses(kms_key, "kms:Decrypt"):
            self._hidden.add(each)
            return
        path = self._path(bucket, key)
        now = _signature(path)
        if now != (known.signature if known else None):
            return
        content = self._s3.read(bucket, key)
        if content is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        _checksum(path).unlink(missing_ok=True)
        self._place(content, etag, path)
        placed = _signature(path)
        assert placed is not None
        self._known[each] = _Known(placed, etag)

    def _place(self, content: bytes, etag: str, path: Path) -> None:
        draft = self.root.parent / "incoming"
        if len(content) < LINKED_FROM:
            draft.write_bytes(content)
        else:
            shared = self._shared_as(etag)
            if not shared.exists() or shared.stat().st_size != len(content):
                self._shared.mkdir(parents=True, exist_ok=True)
                draft.write_bytes(content)
                draft.replace(shared)
            os.link(shared, draft)
        draft.replace(path)

    def _write(self, bucket: str, key: str, content: bytes, signature: Signature) -> None:
        self._unshare(bucket, key, signature)
        kms_key = self._s3.kms_key(bucket, key)
        if self._policy.writes(bucket, key) and self._policy.uses(kms_key, "kms:GenerateDataKey"):
            etag = self._s3.put(bucket, key, content)
            self._known[bucket, key] = _Known(signature, etag)
        else:
            self._refuse(bucket, key, "PutObject: Access Denied")

    def _unshare(self, bucket: str, key: str, signature: Signature) -> None:
        """Forgets a shared file that the job has written into."""
        known = self._known.get((bucket, key))
        if known is not None and known.signature[2] == signature[2]:
            self._shared_as(known.etag).unlink(missing_ok=True)

    def _shared_as(self, etag: str) -> Path:
        return self._shared / etag.strip('"')

    def _remove(self, bucket: str, key: str) -> None:
        if self._policy.deletes(bucket, key):
            self._s3.remove(bucket, key, self._known.pop((bucket, key)).etag)
        else:
            self._refuse(bucket, key, "DeleteObject: Access Denied")

    def _refuse(self, bucket: str, key: str, what: str) -> None:
        line = ACCESS_DENIED.format(bucket=bucket, key=key, what=what)
        if line not in self.refusals:
            self.refusals.append(line)

    def _files(self) -> Iterator[tuple[tuple[str, str], Path, Signature]]:
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder, name)
                if name.startswith(".") and name.endswith(".crc"):
                    continue
                bucket, _, key = path.relative_to(self.root).as_posix().partition("/")
                signature = _signature(path)
                if key and signature is not None:
                    yield (bucket, key), path, signature

    def _path(self, bucket: str, key: str) -> Path:
        return self.root / bucket / key


def _signature(path: Path) -> Signature | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _checksum(path: Path) -> Path:
    """Where Hadoop keeps what it knows of a local file."""
    return path.with_name(f".{path.name}.crc")
