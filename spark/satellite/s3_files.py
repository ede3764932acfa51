"""Files in S3, through boto3, which a Lambda function and the image of a task have."""

import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from spark.files import Files, Listed, Opened, Result
from spark.satellite.files import StoreError

_RETRIES = Config(retries={"mode": "adaptive", "total_max_attempts": 10})
_AT_ONCE = 8
_MISSING, _TAKEN = {"NoSuchKey", "404", "NoSuchBucket"}, {"PreconditionFailed", "412"}
_DENIED = {"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"}


class S3Files(Files):
    """The objects of S3 by their URLs."""

    def __init__(self) -> None:
        self._client = boto3.client("s3", config=_RETRIES)

    def read(self, path: str) -> bytes:
        bucket, key = _parts(path)
        with _refused(path):
            return self._client.get_object(Bucket=bucket, Key=key)["Body"].read()

    @contextmanager
    def opened(self, path: str) -> Iterator[Opened]:
        content = self.read(path)
        yield Opened(cast(BinaryIO, io.BytesIO(content)), len(content))

    def create(self, path: str, content: bytes) -> None:
        bucket, key = _parts(path)
        with _refused(path):
            try:
                self._client.put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
            except ClientError as error:
                # A second try of a request that arrived, but whose answer was lost, is refused.
                if _code(error) not in _TAKEN or self.read(path) != content:
                    raise

    def put(self, path: str, content: bytes) -> None:
        bucket, key = _parts(path)
        with _refused(path):
            self._client.put_object(Bucket=bucket, Key=key, Body=content)

    def matching(self, folder: str, pattern: str) -> list[Listed]:
        bucket, key = _parts(folder)
        pages = self._client.get_paginator("list_objects_v2")
        wanted, found = f"{key}/{pattern}", []
        with _refused(folder):
            for page in pages.paginate(Bucket=bucket, Prefix=f"{key}/"):
                found += [
                    Listed(f"s3://{bucket}/{one['Key']}", one["Size"])
                    for one in page.get("Contents", [])
                    if one["Key"].count("/") == wanted.count("/")
                    and fnmatchcase(one["Key"], wanted)
                ]
        return found

    def each(self, function: Callable[[str], Result], paths: Sequence[str]) -> list[Result]:
        with ThreadPoolExecutor(_AT_ONCE, "files") as workers:
            return [*workers.map(function, paths)]


def _parts(url: str) -> tuple[str, str]:
    bucket, _, key = url.partition("://")[2].partition("/")
    return bucket, key


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def _refused(path: str) -> Iterator[None]:
    """What S3 answers, as Python's own errors of files."""
    try:
        yield
    except ClientError as error:
        code = _code(error)
        if code in _MISSING:
            raise FileNotFoundError(f"{path} is missing") from error
        if code in _TAKEN:
            raise FileExistsError(f"{path} is there already") from error
        if code in _DENIED:
            raise StoreError(
                f"S3 refuses {path} ({code}); give the role of the satellite that right",
                transient=False,
            ) from error
        raise StoreError(
            f"S3 answers {code} for {path}; materialize again", transient=True
        ) from error
    except BotoCoreError as error:
        raise StoreError(
            f"S3 cannot be reached for {path} ({type(error).__name__}); materialize again",
            transient=True,
        ) from error
