"""A prefix of a bucket of S3, with conditional writes where a disk has locks."""

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path
from typing import Any

from seniorlink_assets.storage.base import (
    FEW,
    Document,
    Found,
    Given,
    Listed,
    StillHeld,
    Storage,
    StorageError,
)
from seniorlink_assets.storage.s3_errors import is_cut_short, is_one_of, sentences
from seniorlink_assets.storage.s3_index import read_all_with_index, read_with_index
from seniorlink_assets.storage.s3_lease import lease

_AT_ONCE = 32
_REMOVED_AT_ONCE = 1000
_TRIES = 5

_FEW = 4
"""So many files of a folder are asked after one by one."""


class S3Storage(Storage):
    """Names are keys below `prefix`. `client` gives an S3 client of boto3 whenever one is needed.

    With a `kms_key`, all that is written is encrypted with it. Who holds a lock and is not heard of
    for `lease_seconds` loses it.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        client: Callable[[], Any],
        kms_key: str | None = None,
        lease_seconds: float = 30,
    ) -> None:
        self.bucket, self.prefix = bucket, prefix.strip("/")
        self._client, self._lease_seconds = client, lease_seconds
        self._encryption = (
            {
                "ServerSideEncryption": "aws:kms",
                "SSEKMSKeyId": kms_key,
                "BucketKeyEnabled": True,
            }
            if kms_key
            else {}
        )

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def read(self, name: str) -> Document | None:
        found = self._got(name)
        return _document(*found) if found else None

    def ending(self, name: str, bytes: int) -> tuple[bytes, int] | None:
        try:
            found = self._got(name, Range=f"bytes=-{bytes}")
        except StorageError as error:
            if is_one_of(error.__cause__, "InvalidRange", "416"):
                return b"", 0  # nothing has no last bytes
            raise
        if found is None:
            return None
        content, answer = found
        # Without a range, it came whole.
        in_all = answer.get("ContentRange", f"/{len(content)}").rpartition("/")[2]
        return content, int(in_all)

    def write(self, name: str, content: bytes, *, over: str | None, durable: bool = False) -> bool:
        return self.replace(name, content, over) is not None

    def replace(self, name: str, content: bytes, over: str | None) -> str | None:
        """As `write`: the new version, or None."""
        condition = {"IfNoneMatch": "*"} if over is None else {"IfMatch": over}
        for _ in range(_TRIES):
            try:
                return self._put(name, content, **condition)
            except StorageError as error:
                cause = error.__cause__
                if is_one_of(cause, "ConditionalRequestConflict", "409"):
                    continue
                if not is_one_of(cause, "PreconditionFailed", "412", "NoSuchKey", "404"):
                    raise
                # The answer to a try that succeeded may have been lost on its way.
                found = self.read(name) if _was_tried_again(cause) else None
                return found.version if found and found.content == content else None
        return None

    def put(self, name: str, content: bytes) -> None:
        self._put(name, content)

    def remove(self, names: Iterable[str]) -> None:
        remaining = (each for name in names for each in self._all(name))
        while some := [*islice(remaining, _REMOVED_AT_ONCE)]:
            for _ in range(_TRIES):
                some = self._remove(some)
                if not some:
                    break
            else:
                raise StorageError(
                    f"S3 does not remove {self.where(some[0])} and {len(some) - 1} more; "
                    "try again later",
                    transient=True,
                )

    def remove_empty(self, folders: Iterable[str]) -> None:
        """There is no folder without anything in it."""

    def listed(self, beginning: str) -> Iterator[Listed]:
        for page in self._pages(beginning):
            for found in page.get("Contents", ()):
                if not found["Key"].endswith("/"):
                    yield self._as_listed(found)

    def folders(self, folder: str) -> list[str]:
        beginning = _folder(folder)
        start = len(self._key(beginning))
        return [
            found["Prefix"][start:-1]
            for page in self._pages(beginning, Delimiter="/")
            for found in page.get("CommonPrefixes", ())
        ]

    def has_folder(self, folder: str) -> bool:
        with self._saying(f"list {self.where(folder)}"):
            found = self._client().list_objects_v2(
                Bucket=self.bucket, Prefix=self._key(_folder(folder)), MaxKeys=1
            )
        return found["KeyCount"] > 0

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        by_folder: dict[str, set[str]] = {}
        for name in names:
            by_folder.setdefault(name.rpartition("/")[0], set()).add(name)
        alone = [name for some in by_folder.values() if len(some) <= _FEW for name in some]
        found = {name: size for name, size in self.each(self._size, alone) if size is not None}
        for some in self.each(
            self._sizes_of, [some for some in by_folder.values() if len(some) > _FEW]
        ):
            found.update(some)
        return found

    def read_all(self, folder: str) -> Mapping[str, Document]:
        return read_all_with_index(self, folder.strip("/"))

    def read_some(self, folder: str, names: Sequence[str]) -> Mapping[str, Document]:
        if len(names) <= FEW:
            return super().read_some(folder, names)
        found, wanted = self.read_all(folder), {*names}
        return {name: document for name, document in found.items() if name in wanted}

    def read_together(
        self, folder: str, there: Collection[Listed], names: Collection[str]
    ) -> Mapping[str, Document]:
        if len(names) <= FEW:
            return {}
        start = len(_folder(folder))
        versions = {listed.name[start:]: listed.version for listed in there}
        found = read_with_index(self, folder, versions, [name[start:] for name in names])
        return {f"{folder}/{name}": document for name, document in found.items()}

    def names_in(self, folder: str) -> Mapping[str, str]:
        """The versions of what is directly in a folder, by name."""
        beginning = _folder(folder)
        start = len(self._key(beginning))
        return {
            found["Key"][start:]: found["ETag"]
            for page in self._pages(beginning, Delimiter="/")
            for found in page.get("Contents", ())
            if found["Key"][start:]
        }

    @contextmanager
    def locked(self, name: str) -> Iterator[StillHeld]:
        with lease(self, name, self._lease_seconds) as still_held:
            yield still_held

    @contextmanager
    def at_hand(self, names: Sequence[str]) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="seniorlink-") as folder:
            self.each(lambda name: self._fetch(name, Path(folder, name)), names)
            yield Path(folder)

    def each(self, do: Callable[[Given], Found], items: Iterable[Given]) -> list[Found]:
        given = [*items]
        if len(given) < 2:
            return [do(item) for item in given]
        with ThreadPoolExecutor(min(_AT_ONCE, len(given))) as pool:
            try:
                return [*pool.map(do, given)]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def with_age(self, name: str) -> tuple[Document, float] | None:
        """A content, and the seconds since it was written by the clock of S3."""
        found = self._got(name)
        return (_document(*found), _seconds_since_written(found[1])) if found else None

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def _saying(self, purpose: str) -> Any:
        return sentences(purpose, self.bucket)

    def _got(self, name: str, **wanted: str) -> tuple[bytes, Mapping[str, Any]] | None:
        """A content, and what S3 says of it."""
        for tried in range(1, _TRIES + 1):
            answer = None
            try:
                with self._saying(f"read {self.where(name)}"):
                    answer = self._client().get_object(
                        Bucket=self.bucket, Key=self._key(name), **wanted
                    )
                    content = answer["Body"].read()
                return content, answer
            except StorageError as error:
                if is_one_of(error.__cause__, "NoSuchKey", "404"):
                    return None
                if answer is None or tried == _TRIES or not is_cut_short(error.__cause__):
                    raise
        return None

    def _put(self, name: str, content: bytes, **condition: str) -> str:
        with self._saying(f"write {self.where(name)}"):
            return self._client().put_object(
                Bucket=self.bucket,
                Key=self._key(name),
                Body=content,
                **condition,
                **self._encryption,
            )["ETag"]

    def _all(self, name: str) -> Iterator[str]:
        """The keys that a name to be removed stands for."""
        if not name.endswith("/"):
            yield self._key(name)
            return
        for page in self._pages(name):
            for found in page.get("Contents", ()):
                yield found["Key"]

    def _remove(self, keys: list[str]) -> list[str]:
        """The keys that S3 was too busy to remove."""
        with self._saying(f"remove {self.where('')}"):
            answer = self._client().delete_objects(
                Bucket=self.bucket,
                Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
            )
        refused = answer.get("Errors", [])
        for each in refused:
            if each["Code"] not in ("InternalError", "SlowDown", "ServiceUnavailable"):
                raise StorageError(
                    f"s3://{self.bucket}/{each['Key']} cannot be removed ({each['Code']}): allow "
                    "whoever runs this s3:DeleteObject there"
                )
        return [each["Key"] for each in refused]

    def _pages(self, beginning: str, **wanted: str) -> Iterator[Mapping[str, Any]]:
        after: dict[str, str] = {}
        while True:
            with self._saying(f"list {self.where(beginning)}"):
                page = self._client().list_objects_v2(
                    Bucket=self.bucket, Prefix=self._key(beginning), **wanted, **after
                )
            yield page
            if not page.get("IsTruncated"):
                return
            after = {"ContinuationToken": page["NextContinuationToken"]}

    def _as_listed(self, found: Mapping[str, Any]) -> Listed:
        start = len(self._key(""))
        return Listed(
            found["Key"][start:], found["Size"], found["LastModified"].timestamp(), found["ETag"]
        )

    def _size(self, name: str) -> tuple[str, int | None]:
        try:
            with self._saying(f"read {self.where(name)}"):
                answer = self._client().head_object(Bucket=self.bucket, Key=self._key(name))
        except StorageError as error:
            if is_one_of(error.__cause__, "NoSuchKey", "404"):
                return name, None
            raise
        return name, answer["ContentLength"]

    def _sizes_of(self, names: set[str]) -> Mapping[str, int]:
        """The sizes of many files in one folder."""
        beginning = _folder(min(names).rpartition("/")[0])
        start = len(self._key(""))
        found = {
            each["Key"][start:]: each["Size"]
            for page in self._pages(beginning, Delimiter="/")
            for each in page.get("Contents", ())
        }
        return {name: found[name] for name in names if name in found}

    def _fetch(self, name: str, path: Path) -> None:
        from boto3.s3.transfer import TransferConfig

        path.parent.mkdir(parents=True, exist_ok=True)
        with self._saying(f"read {self.where(name)}"):
            self._client().download_file(
                self.bucket, self._key(name), str(path), Config=TransferConfig(use_threads=False)
            )


def _folder(name: str) -> str:
    return f"{name.strip('/')}/" if name.strip("/") else ""


def _document(content: bytes, answer: Mapping[str, Any]) -> Document:
    return Document(content, answer["ETag"])


def _was_tried_again(error: BaseException | None) -> bool:
    answer = getattr(error, "response", {})
    return answer.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0


def _seconds_since_written(answer: Mapping[str, Any]) -> float:
    now = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    return (now - answer["LastModified"]).total_seconds()
