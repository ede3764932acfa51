"""What a job writes through S3A is what the platform finds in S3, and neither overwrites the other.

Run by test_s3a.py, in a process whose Spark has the jars of S3A.
"""

import json
import os
import re
from pathlib import Path

import duckdb
import pytest

from spark.contract.manifest import FILE_NAME, Manifest
from spark.files import files_at
from spark.hadoop_files import _HINTS, FilesError, _refused
from spark.writing import STORE_CONF, read_back, write_rows, written_files

DAYS = ["2025-01-01", "2025-01-02"]
PLACE = "snapshots/care/notes/2025-01-01/f-a"
MANIFEST = Manifest(
    key="care/notes",
    partition=DAYS[0],
    fingerprint="f",
    attempt="a",
    code_version="c",
    spark_version="3.5.6",
    files=(),
    rows=0,
    inputs={},
    violations={},
    sums={},
    newest=None,
    content="",
    seconds=0.0,
)


@pytest.fixture
def files(bucket):
    return files_at(bucket)


@pytest.fixture
def written(spark, in_s3):
    """Rows of two days, written as a job writes them."""
    frame = spark.sql(
        f"SELECT id, IF(id % 2 = 0, '{DAYS[0]}', '{DAYS[1]}') AS _partition FROM range(100)"
    )
    before = {name: spark.conf.get(name, None) for name in STORE_CONF}
    for name, value in STORE_CONF.items():
        spark.conf.set(name, value)
    write_rows(frame, f"{in_s3.url}/lake/data/a", DAYS, ["id"])
    yield written_files(f"{in_s3.url}/lake/data/a", f"{in_s3.url}/lake", DAYS)
    for name, value in before.items():
        spark.conf.unset(name) if value is None else spark.conf.set(name, value)


def needs_s3a(*least: int, because: str) -> pytest.MarkDecorator:
    """Skips a test where the jars are older."""
    (jar,) = Path(os.environ["S3A_JARS"]).glob("hadoop-aws-*.jar")
    version = tuple(map(int, re.findall(r"\d+", jar.stem)))
    wanted = ".".join(map(str, least))
    return pytest.mark.skipif(
        version < least, reason=f"{jar.name} {because}; hadoop-aws {wanted} is wanted"
    )


def being_created(files, path):
    """A file that is open, as `create` opens it."""
    writing = files._system.createFile(files._path(path)).recursive().overwrite(False)
    for hint, value in _HINTS.items():
        writing.opt(hint, value)
    return writing.build()


def test_a_manifest_that_a_job_commits_is_the_one_that_the_lake_reads(files, in_s3):
    MANIFEST.commit(files.create, f"{in_s3.url}/{PLACE}")

    found = in_s3.storage.read(f"{PLACE}/{FILE_NAME}")

    assert Manifest.from_json(json.loads(found.content)) == MANIFEST
    assert [listed.name for listed in in_s3.storage.listed("")] == [f"{PLACE}/{FILE_NAME}"]


def test_nobody_writes_over_a_manifest(files, in_s3):
    MANIFEST.commit(files.create, f"{in_s3.url}/{PLACE}")
    theirs = in_s3.storage.read(f"{PLACE}/{FILE_NAME}")

    with pytest.raises(FileExistsError):
        files.create(f"{in_s3.url}/{PLACE}/{FILE_NAME}", b"another")

    assert not in_s3.storage.write(f"{PLACE}/{FILE_NAME}", b"another", over=None)
    assert in_s3.storage.read(f"{PLACE}/{FILE_NAME}") == theirs


def test_what_the_platform_has_written_no_job_creates(files, in_s3):
    assert in_s3.storage.write("jobs/a/exit", b"first", over=None)

    with pytest.raises(FileExistsError):
        files.create(f"{in_s3.url}/jobs/a/exit", b"second")

    assert files.read(f"{in_s3.url}/jobs/a/exit") == b"first"


@needs_s3a(3, 4, 2, because="cannot create on a condition")
def test_of_two_that_create_the_same_at_once_the_later_one_is_refused(files, in_s3):
    path = f"{in_s3.url}/one"
    late, early = being_created(files, path), being_created(files, path)

    for content, stream in ((b"late", late), (b"early", early)):
        stream.write(content)
    early.close()
    with pytest.raises(FileExistsError), _refused(path):
        late.close()

    assert files.read(path) == b"early"


def test_nobody_sees_what_is_not_written_to_its_end(files, in_s3):
    stream = files._system.create(files._path(f"{in_s3.url}/one"))
    stream.write(b"half")

    assert in_s3.storage.read("one") is None

    stream.close()
    assert in_s3.storage.read("one").content == b"half"


def test_the_files_of_each_day_are_there_for_the_lake_and_nothing_else_is(written, in_s3):
    named = {f"lake/{file.path}": file.bytes for of_one in written.values() for file in of_one}

    found = {listed.name: listed.bytes for listed in in_s3.storage.listed("lake/")}

    assert [*written] == DAYS
    assert found == named


def test_the_rows_are_read_back_and_by_who_knows_nothing_of_spark(spark, written, in_s3):
    url = in_s3.url
    back = read_back(spark, f"{url}/lake/data/a", f"{url}/lake", written, "id bigint", DAYS)
    (first, *_) = written[DAYS[0]]

    with in_s3.storage.at_hand([f"lake/{first.path}"]) as folder, duckdb.connect() as connection:
        rows = connection.read_parquet(str(folder / "lake" / first.path)).fetchall()

    assert sorted(row.id for row in back.collect()) == [*range(100)]
    assert {row[0] % 2 for row in rows} == {0}


def test_what_is_denied_is_said_to_be_without_what_s3_says(files, in_s3):
    in_s3.double.faults.order("deny", service="s3", operation="PutObject", resource="*")

    with pytest.raises(FilesError, match=r"one is denied to the job \(AccessDenied"):
        files.create(f"{in_s3.url}/one", b"x")


@needs_s3a(3, 4, 0, because="gives up where it may not look at a folder above")
def test_folders_above_that_a_job_may_not_look_at_are_in_nobodys_way(spark, in_s3):
    for parent in ("", "/lake", "/lake/snapshots"):
        in_s3.double.faults.order(
            "deny", service="s3", operation="HeadObject", resource=f"{in_s3.name}{parent}"
        )

    write_rows(
        spark.sql("SELECT 1 AS id, 'all' AS _partition"),
        f"{in_s3.url}/lake/snapshots/care/notes/f-a",
        ["all"],
        [],
    )

    assert [*in_s3.storage.listed("lake/snapshots/care/notes/f-a/part-")]


def test_a_store_that_is_busy_for_a_moment_is_waited_for(files, in_s3):
    in_s3.double.faults.order("throttle", service="s3", operation="PutObject", times=2)

    files.create(f"{in_s3.url}/one", b"x")

    assert in_s3.storage.read("one").content == b"x"
    assert in_s3.double.faults.met == [2]
