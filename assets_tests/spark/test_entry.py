"""A job that spark-submit starts from shipped code does what it does on this machine."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from assets_tests.spark.submitted import Store, checkout
from assets_tests.spark_session import store_conf
from spark import entry
from spark.compute import compute
from spark.contract import Column, Contract, LandingColumn, LandingSet, keeps_rows_of
from spark.contract.code import code_version
from spark.contract.job import Job, LandingInput
from spark.contract.manifest import FILE_NAME, Manifest
from spark.failure import describe

DAY = "2025-01-02"
LANDED = f"landing/app/lines/{DAY}/lines.csv"
TEXT = "thing_id,seen_on,note\n1,2025-01-02,x\n2,2025-01-02,O'Brien\ny,2025-01-02,\n"
LINES = LandingSet(
    "landing/app/lines",
    "csv",
    tuple(LandingColumn(name, "As it is.") for name in ("thing_id", "seen_on", "note")),
)
THING = Contract(
    key="care/thing",
    kind="table",
    grain="One row per thing.",
    columns=(
        Column("thing_id", "integer", "Which thing."),
        Column("seen_on", "date", "When."),
        Column("note", "varchar(20)", "What was said.", nullable=True),
    ),
    primary_key=("thing_id",),
    partition_by="seen_on",
    checks=(keeps_rows_of("lines"),),
)
SHOUT = """
from pyspark.sql import functions as F

from spark.contract import WHOLE


@F.udf("string", useArrow=False)
def shout(note):
    from spark.contract.types import parse_type

    return f"{note} {WHOLE} {parse_type('date').spark}"


def thing(lines):
    return lines.withColumn("note", shout("note"))
"""
FAIL = """
from pyspark.sql import functions as F


def failing(lines):
    return lines.withColumn("note", F.col("note").cast("int"))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("shipped"), thing=SHOUT, failing=FAIL)


@pytest.fixture(scope="module")
def store(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("store"), root)
    store.write(LANDED, TEXT.encode())
    return store


@pytest.fixture
def here(spark, root, store, tmp_path):
    """Runs a job on this machine, with a lake of its own; its manifest."""

    def run(order: Job) -> Manifest:
        given = {"lines": LandingInput(LINES, {DAY: (f"{store.folder}/{LANDED}",)})}
        order = replace(order, lake=str(tmp_path / "lake"), inputs=given)
        (manifest,) = compute(spark, order, root / "spark", lambda _: None)
        return manifest

    return run


def job(root: Path, store: Store, name: str, **fields) -> Job:
    return Job(
        attempt=name,
        contract=replace(THING, key=f"care/{name}"),
        code_version=code_version(root / "spark", root / "spark" / "care" / f"{name}.py"),
        lake=f"{store.url}/lake",
        data=f"data/{name}",
        fingerprints={DAY: "f"},
        manifests={DAY: f"manifests/{name}"},
        inputs={"lines": LandingInput(LINES, {DAY: (f"{store.url}/{LANDED}",)})},
        **fields,
    )


def rows(spark, lake: Path, files) -> list[tuple]:
    found = spark.read.parquet(*(f"{lake}/{file.path}" for file in files)).collect()
    return sorted(map(tuple, found))


def test_a_submitted_job_commits_what_it_does_on_this_machine(spark, root, store, here, tmp_path):
    settings = {"spark.sql.shuffle.partitions": "1"}
    order = job(root, store, "thing", code_package=store.hash, spark_conf=settings)

    done = store.submit(order)
    expected = here(order)

    assert done.exit_code == 0, done.output
    there, lake = store.folder / "lake", tmp_path / "lake"
    found = Manifest.read(there / "manifests" / "thing" / FILE_NAME)
    of_one_run = {"files": (), "reject_files": (), "seconds": 0}
    assert replace(found, **of_one_run) == replace(expected, **of_one_run)
    assert (found.rows, found.rejects, found.code_package) == (2, 1, store.hash)
    assert rows(spark, there, found.files) == rows(spark, lake, expected.files)
    assert rows(spark, there, found.reject_files) == rows(spark, lake, expected.reject_files)
    methods = [message["method"] for message in done.messages]
    assert (methods[0], methods[-1]) == ("opened", "closed")
    assert "report_custom_message" in methods


def test_a_submitted_job_that_fails_says_what_it_says_on_this_machine(root, store, here):
    order = job(root, store, "failing")

    done = store.submit(order)
    with pytest.raises(Exception) as caught:  # noqa: PT011  # Spark's, of many classes
        here(order)

    assert done.exit_code == 1, done.output
    assert done.failure is not None
    sentence = done.failure["sentence"]
    assert sentence == describe(caught.value, root / "spark", None)
    assert sentence.endswith("(in spark/care/failing.py, line 6)")
    assert done.failure["kind"] == "data"
    assert done.messages[-1]["method"] == "closed"
    assert sentence in done.output
    assert "Brien" not in done.output + json.dumps([done.messages, done.failure])
    assert not (store.folder / "lake" / "manifests" / "failing").exists()


def test_a_job_without_its_code_says_so_also_in_a_store(spark, bucket, tmp_path):
    system = spark._jvm.java.lang.System
    settings = store_conf(bucket.removeprefix("s3://"), tmp_path / "bucket")
    for name, value in settings.items():
        system.setProperty(f"spark.hadoop.{name}", value)

    try:
        status = entry.main([f"{bucket}/papers"])
    finally:
        for name in settings:
            system.clearProperty(f"spark.hadoop.{name}")

    assert status == os.EX_CONFIG
    told = json.loads((tmp_path / "bucket" / "papers" / "failure.json").read_text())
    assert told["sentence"].startswith("code.zip is not where Spark puts what --py-files names;")


def test_a_job_without_its_code_says_so_among_its_papers(root, tmp_path):
    shipped = tmp_path / "entry.py"
    shipped.write_text((root / "spark" / "entry.py").read_text())

    done = subprocess.run([sys.executable, shipped, tmp_path], cwd=tmp_path, check=False)

    assert done.returncode == os.EX_CONFIG
    told = json.loads((tmp_path / "failure.json").read_text())
    assert told["sentence"].startswith("code.zip is not where Spark puts what --py-files names;")
