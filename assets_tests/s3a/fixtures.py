"""A Spark session with hadoop-aws, and a bucket of the double of AWS that S3A reaches over HTTP."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from assets_tests.doubles.aws.running import REGION, Double, aws_process  # noqa: F401
from assets_tests.spark_session import landing, place, spark  # noqa: F401
from seniorlink_assets.launchers.java import java
from seniorlink_assets.storage.s3 import S3Storage
from spark.contract.jvm import Jvm

_BUCKETS = count(1)


@dataclass(frozen=True)
class Bucket:
    """A bucket, as the platform and as jobs see it."""

    double: Double
    name: str

    @property
    def url(self) -> str:
        return f"s3://{self.name}"

    @property
    def storage(self) -> S3Storage:
        client = self.double.client("s3")
        return S3Storage(self.name, "", lambda: client)


@pytest.fixture(scope="session")
def jvm_settings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Jvm, Mapping[str, str]]:
    """The JVM of Spark, with the jars of S3A on its class path."""
    runtime, jars = java(), tmp_path_factory.mktemp("jars")
    for folder in (runtime.jars, Path(os.environ["S3A_JARS"])):
        for jar in folder.glob("*.jar"):
            (jars / jar.name).symlink_to(jar.absolute())
    options = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    return Jvm(str(runtime.executable), str(jars), "1g", options), runtime.environment


@pytest.fixture(scope="session")
def s3a(spark: Any, aws_process: Double) -> Double:  # noqa: F811
    """The double, as the session's `s3://`."""
    aws_process.reset()
    settings = spark.sparkContext._jsc.hadoopConfiguration()
    for name, value in _conf(aws_process).items():
        settings.set(name, value)
    return aws_process


@pytest.fixture
def in_s3(s3a: Double) -> Iterator[Bucket]:
    """A bucket with nothing in it."""
    made = Bucket(s3a, f"bucket-{next(_BUCKETS)}")
    s3a.client("s3").create_bucket(Bucket=made.name)
    yield made
    s3a.faults.clear()


@pytest.fixture
def bucket(in_s3: Bucket) -> str:
    """Its URL: the store of the tests that know nothing of S3."""
    return in_s3.url


def _conf(double: Double) -> dict[str, str]:
    key = double.ask("GET", "credentials")
    return {
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "fs.s3a.endpoint": double.url,
        "fs.s3a.endpoint.region": REGION,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.connection.ssl.enabled": "false",
        "fs.s3a.aws.credentials.provider": (
            "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider"
        ),
        "fs.s3a.access.key": key,
        "fs.s3a.secret.key": "double",
        **_PLAIN_NUMBERS,
    }


_PLAIN_NUMBERS = {
    "fs.s3a.assumed.role.session.duration": "1800",
    "fs.s3a.connection.establish.timeout": "30000",
    "fs.s3a.connection.timeout": "200000",
    "fs.s3a.connection.ttl": "300000",
    "fs.s3a.multipart.purge.age": "86400",
    "fs.s3a.retry.interval": "500",
    "fs.s3a.retry.throttle.interval": "100",
    "fs.s3a.threads.keepalivetime": "60",
}
"""What Hadoop 3.5 sets by default in words such as 60s, which an older S3A cannot read."""
