"""Objects in S3, as COPY reads them."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from assets_tests.doubles.redshift.messages import Refused, engine_error


class Objects:
    """The S3 of a double of AWS, with whatever key is valid now."""

    def __init__(self, url: str | None) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def read(self, url: str) -> bytes:
        """A manifest's bytes."""
        try:
            return self._get(url)["Body"].read()
        except (ClientError, BotoCoreError) as error:
            said = f"Problem reading manifest file - {_said(error)}"
            raise engine_error(said, 8001, url) from error

    def save(self, url: str, path: Path) -> int | None:
        """Writes an object to a file; its size, or None if there is no such object."""
        try:
            body = self._get(url)["Body"]
        except (ClientError, BotoCoreError) as error:
            if _code(error) in ("NoSuchKey", "NoSuchBucket"):
                return None
            raise engine_error(_said(error), 8001, url) from error
        with path.open("wb") as file:
            for chunk in body.iter_chunks(1 << 20):
                file.write(chunk)
        return path.stat().st_size

    def below(self, url: str) -> Iterator[tuple[str, int]]:
        """Every object whose name begins so, with its size."""
        bucket, prefix = _parts(url)
        pages = (
            self._client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        )
        try:
            for page in pages:
                for one in page.get("Contents", []):
                    yield f"s3://{bucket}/{one['Key']}", one["Size"]
        except (ClientError, BotoCoreError) as error:
            raise engine_error(_said(error), 8001, url) from error

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _get(self, url: str) -> Any:
        bucket, key = _parts(url)
        return self._client().get_object(Bucket=bucket, Key=key)

    def _client(self) -> Any:
        if self.url is None:
            raise Refused("XX000", "the double was given no S3")
        with urllib.request.urlopen(f"{self.url}/double/credentials") as answer:  # noqa: S310
            key = json.loads(answer.read())
        with self._lock:
            if key not in self._clients:
                self._clients[key] = boto3.client(
                    "s3",
                    endpoint_url=self.url,
                    region_name="us-east-1",
                    aws_access_key_id=key,
                    aws_secret_access_key="double",  # noqa: S106
                    config=Config(retries={"max_attempts": 2}),
                )
            return self._clients[key]


def _parts(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise Refused("XX000", f"The specified S3 path '{url}' is not valid")
    return bucket, key


def _code(error: ClientError | BotoCoreError) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else "Network"


def _said(error: ClientError | BotoCoreError) -> str:
    message, status = str(error), 0
    if isinstance(error, ClientError):
        message = error.response["Error"]["Message"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return (
        f"S3ServiceException:{message},Status {status},Error {_code(error)},Rid double,CanRetry 1"
    )
