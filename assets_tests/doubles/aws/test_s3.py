"""The promises of S3 that the lake stands on."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from assets_tests.doubles.aws.running import BUCKET, Double

ROUNDS, RIVALS = 4, 24


def winners(aws: Double, conditions: list[dict[str, str]]) -> list[int]:
    """How many of the rivals for each key write it: they wait until all have come."""
    s3 = aws.client("s3", config=Config(max_pool_connections=RIVALS))
    aws.faults.order("delay", operation="PutObject", seconds=0.3)

    def wins(number: int) -> bool:
        key, condition = f"claims/{number // RIVALS}", conditions[number // RIVALS]
        try:
            s3.put_object(Bucket=BUCKET, Key=key, Body=b"x", **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            return False
        return True

    with ThreadPoolExecutor(RIVALS) as pool:
        won = list(pool.map(wins, range(ROUNDS * RIVALS)))
    return [sum(won[start : start + RIVALS]) for start in range(0, len(won), RIVALS)]


def test_of_many_who_create_an_object_one_wins(aws: Double) -> None:
    found = winners(aws, [{"IfNoneMatch": "*"}] * ROUNDS)

    assert found == [1] * ROUNDS


def test_of_many_who_replace_a_version_one_wins(aws: Double) -> None:
    s3 = aws.client("s3")
    versions = [
        s3.put_object(Bucket=BUCKET, Key=f"claims/{n}", Body=b"first")["ETag"]
        for n in range(ROUNDS)
    ]

    found = winners(aws, [{"IfMatch": version} for version in versions])

    assert found == [1] * ROUNDS


def test_replacing_a_version_of_nothing_finds_nothing(aws: Double) -> None:
    with pytest.raises(ClientError, match="NoSuchKey"):
        aws.client("s3").put_object(Bucket=BUCKET, Key="claim", Body=b"x", IfMatch='"0"')


def test_a_bucket_encrypts_with_its_key(aws: Double) -> None:
    s3 = aws.client("s3")
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket=BUCKET,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default}]
        },
    )

    s3.put_object(Bucket=BUCKET, Key="a", Body=b"x")

    assert s3.head_object(Bucket=BUCKET, Key="a")["SSEKMSKeyId"] == key


def test_objects_are_listed_in_order_a_thousand_at_a_time(aws: Double) -> None:
    aws.fill({f"k/{n:05d}": "" for n in range(1200)})

    pages = list(
        aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="k/")
    )

    keys = [each["Key"] for page in pages for each in page["Contents"]]
    assert [len(page["Contents"]) for page in pages] == [1000, 200]
    assert keys == sorted(keys)
