"""Files in S3 as a satellite uses them: whole, exclusive, and refused in sentences."""

import pytest

from assets_tests.doubles.aws.running import BUCKET
from spark.satellite.files import StoreError, files_of

ROOT = f"s3://{BUCKET}/home"


@pytest.fixture
def files(aws, monkeypatch):
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    return files_of(ROOT)


def test_what_is_put_is_read_and_may_be_replaced(files):
    files.put(f"{ROOT}/a", b"1")
    files.put(f"{ROOT}/a", b"2")

    with files.opened(f"{ROOT}/a") as opened:
        assert (opened.stream.read(), opened.bytes) == (b"2", 1)


def test_a_file_is_created_once(files):
    files.create(f"{ROOT}/manifest.json", b"first")

    with pytest.raises(FileExistsError):
        files.create(f"{ROOT}/manifest.json", b"second")

    assert files.read(f"{ROOT}/manifest.json") == b"first"


def test_a_request_whose_answer_was_lost_is_not_another_file(files):
    files.create(f"{ROOT}/manifest.json", b"mine")

    files.create(f"{ROOT}/manifest.json", b"mine")

    assert files.read(f"{ROOT}/manifest.json") == b"mine"


def test_a_file_that_is_not_there_is_missing(files):
    with pytest.raises(FileNotFoundError, match="s3://lake/home/gone is missing"):
        files.read(f"{ROOT}/gone")


def test_files_are_found_by_a_pattern_that_crosses_no_folder(files):
    for name in ("a/1.parquet", "a/2.parquet", "a/deeper/3.parquet", "b/4.parquet"):
        files.put(f"{ROOT}/{name}", b"12")

    found = files.matching(ROOT, "*/*.parquet")

    assert [(listed.path.removeprefix(f"{ROOT}/"), listed.bytes) for listed in found] == [
        ("a/1.parquet", 2),
        ("a/2.parquet", 2),
        ("b/4.parquet", 2),
    ]


def test_what_is_refused_is_no_reason_to_try_again(aws, files):
    aws.faults.order("deny", service="s3")

    with pytest.raises(StoreError, match="give the role of the satellite that right") as refused:
        files.read(f"{ROOT}/a")

    aws.faults.clear()
    assert not refused.value.transient


def test_a_busy_store_is_asked_again(aws, files):
    files.put(f"{ROOT}/a", b"1")
    aws.faults.order("throttle", service="s3", times=2)

    assert files.read(f"{ROOT}/a") == b"1"


def test_many_files_are_read_at_once(files):
    for number in range(20):
        files.put(f"{ROOT}/{number:02}", str(number).encode())

    found = files.each(files.read, [f"{ROOT}/{number:02}" for number in range(20)])

    assert found == [str(number).encode() for number in range(20)]
