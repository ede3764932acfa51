"""Writing to S3 on a condition, as the lake, its pointers and its locks rely on it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from seniorlink_assets.buckets import bucket_and_key

ABSENT = {"IfNoneMatch": "*"}
MANY = 16


@pytest.fixture
def put(account):
    """Asks S3 itself to write an object: "" if it has, or else what it says."""
    client = account.client("s3")

    def said(name: str, content: bytes, **condition: str) -> str:
        bucket, key = bucket_and_key(account.storage.where(name))
        try:
            client.put_object(Bucket=bucket, Key=key, Body=content, **condition)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return ""

    return said


def test_what_is_there_is_not_created_again(account, put):
    assert put("storage/one", b"first", **ABSENT) == ""

    assert put("storage/one", b"second", **ABSENT) == "PreconditionFailed"
    assert account.storage.read("storage/one").content == b"first"


def test_of_many_that_create_the_same_at_once_one_does(account, put):
    with ThreadPoolExecutor(MANY) as threads:
        contents = [str(number).encode() for number in range(MANY)]
        said = [*threads.map(lambda content: put("storage/raced", content, **ABSENT), contents)]

    account.note(f"of {MANY} that create one object, S3 says {sorted(said)}")
    assert said.count("") == 1
    assert {*said} <= {"", "PreconditionFailed", "ConditionalRequestConflict"}
    assert account.storage.read("storage/raced").content == contents[said.index("")]


def test_only_the_version_that_was_read_is_written_over(account, put):
    put("storage/two", b"first")
    first = account.storage.read("storage/two").version

    assert put("storage/two", b"second", IfMatch=first) == ""
    assert put("storage/two", b"third", IfMatch=first) == "PreconditionFailed"
    assert account.storage.read("storage/two").content == b"second"


def test_what_is_not_there_is_not_written_over(put):
    assert put("storage/gone", b"x", IfMatch='"0123456789abcdef"') in ("NoSuchKey", "404")


def test_of_many_that_write_over_the_same_version_one_does(account):
    storage = account.storage
    storage.put("storage/pointer", b"first")
    version = storage.read("storage/pointer").version

    with ThreadPoolExecutor(MANY) as threads:
        contents = [str(number).encode() for number in range(MANY)]
        done = [
            *threads.map(
                lambda content: storage.write("storage/pointer", content, over=version), contents
            )
        ]

    assert done.count(True) == 1
    assert storage.read("storage/pointer").content == contents[done.index(True)]
