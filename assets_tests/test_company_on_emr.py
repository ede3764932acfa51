"""The whole catalogue on EMR, Lambda, ECS and Redshift: the rows are those of this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from assets_tests.doubles.aws.running import BUCKET
from assets_tests.doubles.cloud import Cloud, cloud
from assets_tests.doubles.same_rows import in_duckdb, in_redshift
from assets_tests.launchers.pools import keepers_end
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
def amazon(tmp_path_factory) -> Iterator[Cloud]:
    with cloud(tmp_path_factory.mktemp("amazon")) as found:
        yield found


@pytest.fixture(scope="module")
def there(here, amazon, tmp_path_factory) -> Path:
    """A home whose lake, jobs and tables are at AWS, brought up to date from the same files."""
    amazon.land(here / "landing")
    home = tmp_path_factory.mktemp("there")
    seniorlink(home, amazon.settings, "recover")
    return home


@pytest.fixture(scope="module")
def lakes(here, there, amazon) -> tuple[Lake, Lake]:
    s3 = amazon.aws.client("s3")
    return Lake(DiskStorage(here / "lake")), Lake(S3Storage(BUCKET, "seniorlink", lambda: s3))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.key)
def test_what_aws_computes_is_what_this_machine_computes(lakes, table):
    here, there = (manifests(lake, table) for lake in lakes)

    assert here == there
    assert here


@pytest.mark.parametrize(
    "table", [each for each in TABLES if each.contract.kind == "table"], ids=lambda table: table.key
)
def test_redshift_holds_the_rows_and_the_rejects_that_duckdb_holds(here, there, amazon, table):
    ours, theirs = in_duckdb(here), in_redshift(amazon)

    assert theirs.rows(table.contract) == ours.rows(table.contract)
    assert theirs.rejects(table.contract) == ours.rejects(table.contract)


def test_a_query_prints_the_rows_of_redshift(here, there, amazon):
    sql = "SELECT * FROM finance.programme_costs ORDER BY 1, 2"

    said = seniorlink(there, amazon.settings, "query", sql)

    assert said == seniorlink(here, {}, "query", sql)
    assert len(said.splitlines()) > 1


def test_every_job_ran_once_where_it_was_to_run(there, amazon):
    spark = {table.key for table in TABLES if not table.satellite}

    ran = [job for job in amazon.aws.jobs if job["service"] == "emr-serverless"]

    assert sorted(job["name"].partition("#")[0] for job in ran) == sorted(spark)
    assert {job["code"] for job in amazon.aws.jobs} == {0}


def test_no_job_was_refused_what_it_reads_or_writes(there, amazon):
    refused = {job["name"]: job["refusals"] for job in amazon.aws.jobs if job["refusals"]}

    assert refused == {}


def test_nothing_that_is_up_to_date_is_computed_or_loaded_again(there, amazon):
    jobs, copies = len(amazon.aws.jobs), copied(amazon)

    seniorlink(there, amazon.settings, "recover")

    assert (len(amazon.aws.jobs), copied(amazon)) == (jobs, copies)
    assert copies


def copied(amazon: Cloud) -> int:
    """How many COPY statements there were."""
    return sum("COPY" in sql for _, _, sql in amazon.redshift.statements)
