"""The whole catalogue on EMR Serverless, Lambda and ECS: the rows are those of this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets_tests.doubles.aws.running import BUCKET, ROLE, Double
from assets_tests.launchers.pools import keepers_end
from assets_tests.launchers.satellite_services import make_ecs, make_lambda
from seniorlink_assets.catalogue import Declared, tables
from seniorlink_assets.definitions import definitions
from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.lake import Lake
from seniorlink_assets.storage.disk import DiskStorage
from seniorlink_assets.storage.s3 import S3Storage

pytestmark = pytest.mark.minutes

SEED = ("--caregivers", "40", "--days", "4", "--first-day", "2025-03-07", "--dirt", "2")

definitions()  # declares the catalogue
TABLES = sorted((table for table in tables() if table.root == CHECKOUT), key=lambda t: t.key)
FIGURES = ("rows", "content", "rejects", "reject_reasons", "inputs", "drops", "sums", "violations")


def seniorlink(home: Path, settings: Mapping[str, str], *words: str) -> str:
    """What the command says, which must succeed."""
    said = subprocess.run(
        [sys.executable, "-m", "seniorlink_assets.cli", *words],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "SENIORLINK_HOME": str(home),
            "DAGSTER_HOME": str(home / "dagster"),
            "SENIORLINK_JOBS": "2",
            **settings,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def query(home: Path, sql: str) -> list[tuple]:
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as connection:
        return connection.execute(sql).fetchall()


def manifests(lake: Lake, table: Declared) -> Mapping[str, Mapping[str, Any]]:
    """By partition, what is published; a hash of the rows is part of it."""
    return {
        partition: {name: getattr(lake.manifest(pointer.place), name) for name in FIGURES}
        for partition, pointer in lake.all_published(table.key).items()
    }


@pytest.fixture(scope="module")
def here(tmp_path_factory) -> Iterator[Path]:
    """A home of this machine, brought up to date."""
    home = tmp_path_factory.mktemp("here")
    seniorlink(home, {}, "seed", *SEED)
    with keepers_end(home / "jvms"):
        seniorlink(home, {}, "recover")
        yield home


@pytest.fixture(scope="module")
def amazon(tmp_path_factory) -> Iterator[Double]:
    with Double(tmp_path_factory.mktemp("amazon")) as double:
        double.reset()
        yield double


@pytest.fixture(scope="module")
def settings(amazon) -> Mapping[str, str]:
    """What makes the same command use AWS."""
    make_lambda(amazon)
    make_ecs(amazon)
    return {
        **amazon.environment,
        "SENIORLINK_ENV": "aws",
        "SENIORLINK_LAKE": f"s3://{BUCKET}/seniorlink",
        "SENIORLINK_EMR_ROLE": ROLE,
        "SENIORLINK_EMR_APPLICATION": amazon.application(),
        "SENIORLINK_LAMBDA_FUNCTION": "satellite",
        "SENIORLINK_ECS_CLUSTER": "satellites",
        "SENIORLINK_ECS_TASK": "satellite",
    }


@pytest.fixture(scope="module")
def there(here, amazon, settings, tmp_path_factory) -> Path:
    """A home whose lake and jobs are at AWS, brought up to date from the same landing files."""
    s3 = amazon.client("s3")
    for file in (here / "landing").rglob("*"):
        if file.is_file():
            name = file.relative_to(here).as_posix()
            s3.upload_file(str(file), BUCKET, f"seniorlink/{name}")
    home = tmp_path_factory.mktemp("there")
    seniorlink(home, settings, "recover")
    return home


@pytest.fixture(scope="module")
def lakes(here, there, amazon) -> tuple[Lake, Lake]:
    s3 = amazon.client("s3")
    return Lake(DiskStorage(here / "lake")), Lake(S3Storage(BUCKET, "seniorlink", lambda: s3))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.key)
def test_what_aws_computes_is_what_this_machine_computes(lakes, table):
    here, there = (manifests(lake, table) for lake in lakes)

    assert here == there
    assert here


@pytest.mark.parametrize(
    "table", [each for each in TABLES if each.contract.kind == "table"], ids=lambda table: table.key
)
def test_readers_of_the_warehouse_see_the_same_rows(here, there, table):
    rows = f"SELECT * FROM {table.key.replace('/', '.')} ORDER BY ALL"

    assert query(here, rows) == query(there, rows)


def test_every_job_ran_once_where_it_was_to_run(there, amazon):
    spark = {table.key for table in TABLES if not table.satellite}

    ran = [job for job in amazon.jobs if job["service"] == "emr-serverless"]

    assert sorted(job["name"].partition("#")[0] for job in ran) == sorted(spark)
    assert {job["code"] for job in amazon.jobs} == {0}


def test_no_job_was_refused_what_it_reads_or_writes(there, amazon):
    refused = {job["name"]: job["refusals"] for job in amazon.jobs if job["refusals"]}

    assert refused == {}


def test_nothing_that_is_up_to_date_is_computed_again(there, amazon, settings):
    before = len(amazon.jobs)

    seniorlink(there, settings, "recover")

    assert len(amazon.jobs) == before
