"""The lake and what has landed, where they are in S3; nothing is asked of AWS until it is used."""

from dataclasses import dataclass
from functools import cached_property

from seniorlink_assets.storage.base import Storage


@dataclass(frozen=True)
class Buckets:
    """URLs of the lake, of the folder that `landing` is in and of the logs that EMR writes.

    `kms_key` is the ARN of the key that objects are encrypted with, "" for their bucket's own.
    """

    lake_url: str
    landing_url: str
    region: str
    logs_url: str
    kms_key: str = ""

    @cached_property
    def lake(self) -> Storage:
        return self.storage(self.lake_url)

    @cached_property
    def landing(self) -> Storage:
        return self.storage(self.landing_url)

    def storage(self, url: str) -> Storage:
        from seniorlink_assets.launchers.aws import Aws
        from seniorlink_assets.storage.s3 import S3Storage

        bucket, prefix = bucket_and_key(url)
        aws = Aws(self.region)
        return S3Storage(bucket, prefix, lambda: aws.client("s3"), self.kms_key or None)


def bucket_and_key(url: str) -> tuple[str, str]:
    """What s3://bucket/key names."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key
