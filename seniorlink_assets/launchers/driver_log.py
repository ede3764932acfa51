"""The end of a driver's log, which a service keeps in S3 as a gzip archive."""

import zlib
from typing import Any

from seniorlink_assets.buckets import bucket_and_key
from seniorlink_assets.launchers.aws import Aws, AwsError, asking

_CHUNK = 1 << 20
_MOST = 256 << 20
"""Bytes of an archive that are read to get to its end."""


def tail_of_log(aws: Aws, url: str, bytes: int) -> bytes | None:
    """At most so many bytes of its end; None if there is no such log (yet)."""
    bucket, key = bucket_and_key(url)
    try:
        with asking(f"read {url}"):
            body = aws.client("s3", 3).get_object(Bucket=bucket, Key=key)["Body"]
            return _tail(body, bytes)
    except AwsError as error:
        if error.trouble in ("missing", "refused"):  # S3 says "refused" where none may be listed
            return None
        raise


def find_log(aws: Aws, folder: str, ending: str) -> str | None:
    """The log below a folder whose name ends like this; None if there is none (yet)."""
    bucket, prefix = bucket_and_key(folder)
    with asking(f"look for logs in {folder}"):
        listed = aws.client("s3", 3).list_objects_v2(Bucket=bucket, Prefix=prefix)
    keys = [found["Key"] for found in listed.get("Contents", [])]
    return next((f"s3://{bucket}/{key}" for key in keys if key.endswith(ending)), None)


def log_url(url: str, region: str) -> str:
    """The page of the S3 console that shows a folder."""
    bucket, prefix = bucket_and_key(url)
    return f"https://s3.console.aws.amazon.com/s3/buckets/{bucket}?region={region}&prefix={prefix}"


def _tail(body: Any, bytes: int) -> bytes:
    unzip, end, read = zlib.decompressobj(wbits=31), b"", 0
    while (chunk := body.read(_CHUNK)) and read < _MOST:
        read += len(chunk)
        try:
            end = (end + unzip.decompress(chunk))[-bytes:]
        except zlib.error:  # it is being written, or is none
            break
    return end
