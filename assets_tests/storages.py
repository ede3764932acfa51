"""Storages for tests: a folder of a disk, and a bucket of the double of AWS."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from assets_tests.doubles.aws.running import BUCKET, Double, aws, aws_process  # noqa: F401
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.storage.disk import DiskStorage
from seniorlink_assets.storage.s3 import S3Storage

RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 6}, max_pool_connections=32)


def in_bucket(double: Double, prefix: str = "home/lake", **settings: Any) -> S3Storage:
    """A storage in the bucket of the double."""
    client = double.client("s3", config=RETRIES)
    return S3Storage(BUCKET, prefix, lambda: client, **settings)


def on_disk(folder: Path) -> DiskStorage:
    return DiskStorage(folder / "lake")


@pytest.fixture(params=["disk", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage of each kind."""
    if request.param == "disk":
        return on_disk(tmp_path)
    return in_bucket(request.getfixturevalue("aws"))


@pytest.fixture
def another(storage: Storage, request: pytest.FixtureRequest) -> Callable[[], Storage]:
    """The same storage, as another process has it."""
    if isinstance(storage, DiskStorage):
        return lambda: DiskStorage(storage.root)
    return lambda: in_bucket(request.getfixturevalue("aws"))
