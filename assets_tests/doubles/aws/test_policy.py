"""Session policies, as the double judges them."""

import json
from typing import Any

import pytest

from assets_tests.doubles.aws.policy import Policy
from assets_tests.doubles.aws.refused import Refused

LAKE = "arn:aws:s3:::lake"


def policy(*statements: dict[str, Any]) -> Policy:
    return Policy.parsed(json.dumps({"Version": "2012-10-17", "Statement": statements}))


def allow(actions: str | list[str], resources: str | list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def listing(*prefixes: str) -> dict[str, Any]:
    condition = {"StringLike": {"s3:prefix": list(prefixes)}}
    return allow("s3:ListBucket", LAKE, Condition=condition)


def test_without_a_policy_everything_is_allowed() -> None:
    assert Policy.parsed(None).writes("lake", "a")


def test_what_is_not_allowed_is_denied() -> None:
    found = policy(allow("s3:PutObject", f"{LAKE}/mine/*"))

    assert found.writes("lake", "mine/a/b")
    assert not found.writes("lake", "yours/a")
    assert not found.deletes("lake", "mine/a/b")


def test_a_denial_wins_over_what_is_allowed() -> None:
    denial = {"Effect": "Deny", "Action": "s3:*", "Resource": f"{LAKE}/mine/secret*"}

    found = policy(allow("*", "*"), denial)

    assert found.writes("lake", "mine/a")
    assert not found.writes("lake", "mine/secret")


def test_reading_for_spark_needs_listing_too() -> None:
    read = allow(["s3:getobject"], f"{LAKE}/in/*")

    assert policy(read).gets("lake", "in/day/a")
    assert not policy(read).reads("lake", "in/day/a")
    assert not policy(read, listing("other/*")).reads("lake", "in/day/a")
    assert policy(read, listing("in/*")).reads("lake", "in/day/a")
    assert policy(read, allow("s3:ListBucket", LAKE)).reads("lake", "in/day/a")


def test_a_bracket_in_a_pattern_is_a_bracket() -> None:
    found = policy(allow("s3:PutObject", f"{LAKE}/[ab]/?"))

    assert found.writes("lake", "[ab]/c")
    assert not found.writes("lake", "a/c")


def test_an_encrypted_object_needs_its_key() -> None:
    found = policy(allow("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/a"))

    assert found.uses(None, "kms:Decrypt")
    assert found.uses("arn:aws:kms:us-east-1:123456789012:key/a", "kms:Decrypt")
    assert not found.uses("arn:aws:kms:us-east-1:123456789012:key/b", "kms:Decrypt")
    assert not found.uses("arn:aws:kms:us-east-1:123456789012:key/a", "kms:GenerateDataKey")


@pytest.mark.parametrize(("service", "allowed"), [("s3.*", True), ("sqs.*", False)])
def test_a_key_can_be_allowed_for_what_goes_through_one_service(
    service: str, allowed: bool
) -> None:
    condition = {"StringLike": {"kms:ViaService": f"{service}.amazonaws.com"}}

    found = policy(allow("kms:Decrypt", "*", Condition=condition))

    assert found.uses("arn:aws:kms:us-east-1:123456789012:key/a", "kms:Decrypt") is allowed


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"Statement": [{"Effect": "Maybe"}]}'])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="policy"):
        Policy.parsed(text)
