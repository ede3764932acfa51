"""What IAM would deny, asked for every right that jobs on EMR Serverless and we need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from botocore.exceptions import ClientError

from seniorlink_assets.buckets import Buckets
from seniorlink_assets.doctor import serverless
from seniorlink_assets.doctor.check import CheckFailed, Unsaid
from seniorlink_assets.settings import Settings

US = "arn:aws:iam::111122223333:role/orchestrator"
ROLE = "arn:aws:iam::111122223333:role/seniorlink-job"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd"
APPLICATION = "arn:aws:emr-serverless:us-east-1:111122223333:/applications/00f1abcdefgh2345"


@dataclass
class Aws:
    """IAM and EMR Serverless with one answer each; remembers what it was asked for."""

    denied: frozenset[tuple[str, str]] = frozenset()
    refusal: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    contexts: list[Mapping[str, Any]] = field(default_factory=list)

    def get_application(self, **asked: str) -> Mapping[str, Any]:
        return {"application": {**asked, "arn": APPLICATION}}

    def simulate_principal_policy(self, **asked: Any) -> Mapping[str, Any]:
        if self.refusal:
            told = {"Error": {"Code": self.refusal, "Message": "no"}}
            raise ClientError(told, "SimulatePrincipalPolicy")
        whose, self.contexts = asked["PolicySourceArn"], self.contexts + asked["ContextEntries"]
        pairs = [*product(asked["ActionNames"], asked["ResourceArns"])]
        self.asked += [(whose, *pair) for pair in pairs]
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": "implicitDeny" if (whose, action) in self.denied else "allowed",
                }
                for action, resource in pairs
            ]
        }


@dataclass
class Account:
    """An account in which this Aws answers to everything."""

    aws: Aws
    arn: str = "arn:aws:sts::111122223333:assumed-role/orchestrator/i-0123"
    kms_key: str = KEY

    @property
    def settings(self) -> Settings:
        return Settings(
            {"SENIORLINK_EMR_ROLE": ROLE, "SENIORLINK_EMR_APPLICATION": "00f1abcdefgh2345"}
        )

    @property
    def buckets(self) -> Buckets:
        return Buckets(
            lake_url="s3://lake/company",
            landing_url="s3://landed",
            region="us-east-1",
            logs_url="s3://lake/company/logs",
            kms_key=self.kms_key,
        )

    @property
    def identity(self) -> Mapping[str, str]:
        return {"Arn": self.arn}

    def client(self, _service: str) -> Aws:
        return self.aws


def test_every_right_is_asked_for_whoever_needs_it():
    aws = Aws()

    said = serverless.permissions(Account(aws))

    assert said == f"{US} may start, see and end jobs, which may use lake and landing"
    assert (US, "emr-serverless:CancelJobRun", APPLICATION) in aws.asked
    assert (US, "iam:PassRole", ROLE) in aws.asked
    assert (ROLE, "s3:PutObject", "arn:aws:s3:::lake/company/*") in aws.asked
    assert (ROLE, "s3:GetObject", "arn:aws:s3:::landed/*") in aws.asked
    assert (ROLE, "s3:PutObject", "arn:aws:s3:::lake/company/logs/*") in aws.asked
    assert (ROLE, "kms:GenerateDataKey", KEY) in aws.asked
    assert [context["ContextKeyValues"] for context in aws.contexts] == [
        ["emr-serverless.amazonaws.com"]
    ]


def test_a_key_is_asked_for_only_where_there_is_one():
    aws = Aws()

    serverless.permissions(Account(aws, kms_key=""))

    assert {action for _, action, _ in aws.asked if action.startswith("kms:")} == set()


@pytest.mark.parametrize(
    ("whose", "action", "where"),
    [
        (US, "emr-serverless:StartJobRun", APPLICATION),
        (US, "iam:PassRole", ROLE),
        (ROLE, "s3:DeleteObject", "arn:aws:s3:::lake/company/*"),
        (ROLE, "kms:Decrypt", KEY),
    ],
)
def test_a_right_that_is_missing_is_named_with_who_lacks_it(whose, action, where):
    aws = Aws(denied=frozenset({(whose, action)}))

    with pytest.raises(CheckFailed) as failed:
        serverless.permissions(Account(aws))

    assert str(failed.value) == f"{whose} may not {action} on {where}; allow it in its policies"


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchEntity", "InvalidInput", "500"])
def test_where_iam_does_not_say_nothing_has_failed(code):
    with pytest.raises(Unsaid, match=r"^this cannot be said: .*orchestrator may do"):
        serverless.permissions(Account(Aws(refusal=code)))


def test_a_user_is_asked_about_as_the_user_it_is():
    aws, user = Aws(), "arn:aws:iam::111122223333:user/someone"

    serverless.permissions(Account(aws, arn=user))

    assert {whose for whose, _, _ in aws.asked} == {user, ROLE}
