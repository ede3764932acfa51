"""The objects of moto's S3, one request at a time, so that conditional writes are exclusive."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeKey, S3Backend, s3_backends
from werkzeug.wrappers import Response


class S3:
    """What is in the buckets, for the double itself: its reads and writes are not counted."""

    def __init__(self, moto: Any) -> None:
        self._moto = moto
        self.changes, self.closed = 0, False
        self._lock = threading.RLock()

    def serve(self, environ: dict[str, Any]) -> Response:
        """Lets moto answer a request, alone: it checks and writes in two steps."""
        with self._lock:
            if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
                self.changes += 1
            return Response.from_app(self._moto, environ, buffered=True)

    def close(self) -> None:
        """Jobs that still end write no more."""
        with self._lock:
            self.closed = True

    def buckets(self) -> list[str]:
        with self._lock:
            return list(_backend().buckets)

    def read(self, bucket: str, key: str) -> bytes | None:
        """An object, whole; None if there is none."""
        with self._lock:
            found = self._found(bucket, key)
            return None if found is None else found.value

    def etag(self, bucket: str, key: str) -> str | None:
        with self._lock:
            found = self._found(bucket, key)
            return None if found is None else found.etag

    def kms_key(self, bucket: str, key: str) -> str | None:
        """The key that an object is encrypted with, or a new one would be."""
        with self._lock:
            found = self._found(bucket, key)
            if found is not None:
                return found.kms_key_id
            rule = (_backend().get_bucket(bucket).encryption or {}).get("Rule", {})
            return rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")

    def put(self, bucket: str, key: str, content: bytes) -> str:
        """Writes an object and returns its ETag; nothing once this world is over."""
        with self._lock:
            if self.closed:
                return ""
            self.changes += 1
            return _backend().put_object(bucket, key, content).etag

    def put_if(self, bucket: str, key: str, content: bytes, *, absent: bool) -> bool:
        """Writes an object, if `absent` only where there is none; False if there was one."""
        with self._lock:
            if absent and self._found(bucket, key) is not None:
                return False
            self.put(bucket, key, content)
            return True

    def remove(self, bucket: str, key: str, etag: str) -> None:
        """Removes an object if it still has this ETag."""
        with self._lock:
            if not self.closed and self.etag(bucket, key) == etag:
                self.changes += 1
                _backend().delete_object(bucket, key)

    def etags(self, bucket: str, prefixes: Iterable[str] = ("",)) -> dict[str, str]:
        """ETags by key, of all objects whose keys begin so."""
        starts = tuple(prefixes)
        with self._lock:
            return {key: found.etag for key, found in self._all(bucket) if key.startswith(starts)}

    def _all(self, bucket: str) -> Iterator[tuple[str, FakeKey]]:
        for key, found in _backend().get_bucket(bucket).keys.items():
            if isinstance(found, FakeKey):
                yield key, found

    def _found(self, bucket: str, key: str) -> FakeKey | None:
        backend = _backend()
        if bucket not in backend.buckets:
            return None
        found = backend.get_object(bucket, key)
        return found if isinstance(found, FakeKey) else None


def split(url: str) -> tuple[str, str]:
    """Bucket and key of an s3:// URL."""
    bucket, _, key = url.partition("://")[2].partition("/")
    return bucket, key


def _backend() -> S3Backend:
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
