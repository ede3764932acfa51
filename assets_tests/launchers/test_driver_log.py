"""The end of a driver's log, wherever a service puts it."""

import gzip

import pytest

from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.launchers.driver_log import find_log, log_url, tail_of_log


@pytest.fixture
def put(amazon):
    s3 = amazon.client("s3")
    return lambda key, body: s3.put_object(Bucket="lake", Key=key, Body=body)


def test_its_last_bytes_are_unpacked(put):
    put("logs/stderr.gz", gzip.compress(b"x" * 3_000_000 + b"the end"))

    assert tail_of_log(Aws(), "s3://lake/logs/stderr.gz", 10) == b"xxxthe end"


def test_a_log_that_is_not_there_is_none(amazon):
    assert tail_of_log(Aws(), "s3://lake/logs/stderr.gz", 10) is None


def test_a_log_that_breaks_off_is_read_as_far_as_it_goes(put):
    put("logs/stderr.gz", gzip.compress(b"a line\n" * 100_000)[:-500])

    assert b"a line" in (tail_of_log(Aws(), "s3://lake/logs/stderr.gz", 100) or b"")


def test_what_is_no_archive_has_no_end(put):
    put("logs/stderr.gz", b"plain text")

    assert tail_of_log(Aws(), "s3://lake/logs/stderr.gz", 10) == b""


def test_the_log_of_a_driver_is_found_by_how_its_name_ends(put):
    put("logs/1/containers/a/spark-1-exec-1/stderr.gz", b"")
    put("logs/1/containers/a/spark-1-driver/stderr.gz", b"")

    found = find_log(Aws(), "s3://lake/logs/1/", "-driver/stderr.gz")

    assert found == "s3://lake/logs/1/containers/a/spark-1-driver/stderr.gz"


def test_there_may_be_none_to_be_found(amazon):
    assert find_log(Aws(), "s3://lake/logs/1/", "-driver/stderr.gz") is None


def test_people_get_to_the_folder_by_a_link():
    assert log_url("s3://lake/logs/1/", "eu-west-1") == (
        "https://s3.console.aws.amazon.com/s3/buckets/lake?region=eu-west-1&prefix=logs/1/"
    )
