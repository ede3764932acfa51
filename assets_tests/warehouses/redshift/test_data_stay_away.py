"""Who orders a load sees statements, manifests and the ends of files, and no more of the data."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import boto3
import pytest

from assets_tests.doubles.aws.running import BUCKET, REGION
from assets_tests.warehouses.redshift.parquet import contract, parquet, snapshot
from assets_tests.warehouses.redshift.relay import Relay
from assets_tests.warehouses.redshift.signed import SignedLogins
from seniorlink_assets.storage.s3 import S3Storage
from seniorlink_assets.warehouses.redshift.driver import RedshiftDriver
from seniorlink_assets.warehouses.redshift.warehouse import RedshiftWarehouse
from spark.contract import Column

TABLE = contract(
    Column("note_id", "bigint", "Which."), Column("said", "varchar(64)", "What it says.")
)
ENOUGH = 256 << 10
"""Bytes for all that is asked and answered, and for the end of a file."""


@pytest.fixture
def to_redshift(redshift, aws) -> Iterator[Relay]:
    redshift.read_from(aws.url)
    with Relay(redshift.host, redshift.port) as relay:
        yield relay


@pytest.fixture
def to_s3(aws) -> Iterator[Relay]:
    with Relay("127.0.0.1", urlsplit(aws.url).port) as relay:
        yield relay


@pytest.fixture
def lake(aws, to_s3) -> S3Storage:
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{to_s3.port}",
        aws_access_key_id=aws.ask("GET", "credentials"),
        aws_secret_access_key="double",  # noqa: S106
        region_name=REGION,
    )
    return S3Storage(BUCKET, "lake", lambda: client)


@pytest.fixture
def warehouse(redshift, redshift_database, to_redshift, lake) -> RedshiftWarehouse:
    transport = RedshiftDriver(SignedLogins(redshift, port=to_redshift.port), redshift_database)
    return RedshiftWarehouse(
        transport, lake, copy_role="default", database=redshift_database, name="double"
    )


@contextmanager
def passing(*relays: Relay) -> Iterator[list[int]]:
    """The bytes that pass within the block, at its end."""
    before, passed = sum(relay.bytes for relay in relays), []
    yield passed
    passed.append(sum(relay.bytes for relay in relays) - before)


def test_a_load_moves_no_data_through_whoever_orders_it(warehouse, lake, to_redshift, to_s3):
    sizes, passed = [], []
    for rows in (20_000, 100_000):
        content = parquet(
            "SELECT i AS note_id, md5(i::VARCHAR) || md5((-i)::VARCHAR) AS said "
            f"FROM range({rows}) numbers(i)"
        )
        given = snapshot(lake, content)
        manifest = replace(given.manifest, rows=rows, fingerprint=str(rows))
        sizes.append(len(content))
        with passing(to_redshift, to_s3) as bytes_passed:
            staged = warehouse.stage(TABLE, [replace(given, manifest=manifest)], "a run")
            warehouse.publish(staged, "a run")
        passed += bytes_passed

    assert staged.rows == 100_000
    assert sizes[1] - sizes[0] > 20 * ENOUGH
    assert max(passed) < ENOUGH
    assert abs(passed[1] - passed[0]) < ENOUGH / 10
