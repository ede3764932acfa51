"""Who the double says we are, and what it says that somebody may do."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from assets_tests.doubles.aws.running import CALLER, ROLE, Double

LAKE = "arn:aws:s3:::lake/*"


@pytest.fixture
def iam(aws: Double) -> Any:
    return aws.client("iam")


def decision(iam: Any, whose: str, action: str, resource: str = "*", **context: str) -> str:
    (found,) = iam.simulate_principal_policy(
        PolicySourceArn=whose,
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=[
            {
                "ContextKeyName": name.replace("_", ":"),
                "ContextKeyValues": [value],
                "ContextKeyType": "string",
            }
            for name, value in context.items()
        ],
    )["EvaluationResults"]
    assert (found["EvalActionName"], found["EvalResourceName"]) == (action, resource)
    return found["EvalDecision"]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_we_are_a_role_in_a_session_that_may_do_all(aws: Double, iam: Any) -> None:
    arn = aws.client("sts").get_caller_identity()["Arn"]

    assert arn == "arn:aws:sts::123456789012:assumed-role/orchestrator/double"
    assert decision(iam, CALLER, "lambda:InvokeFunction") == "allowed"


def test_a_role_may_do_what_its_policies_allow(aws: Double, iam: Any) -> None:
    aws.allow(ROLE, ["s3:Get*"], LAKE)

    assert decision(iam, ROLE, "s3:GetObject", LAKE) == "allowed"
    assert decision(iam, ROLE, "s3:PutObject", LAKE) == "implicitDeny"
    assert decision(iam, ROLE, "s3:GetObject", "arn:aws:s3:::other/*") == "implicitDeny"


def test_a_denial_is_told_from_what_nobody_allowed(iam: Any) -> None:
    denial = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
    iam.put_role_policy(
        RoleName="seniorlink-job", PolicyName="keep", PolicyDocument=document(denial)
    )

    assert decision(iam, ROLE, "s3:DeleteObject", LAKE) == "explicitDeny"


def test_a_condition_is_met_by_what_is_given_only(iam: Any) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    }
    iam.put_role_policy(
        RoleName="orchestrator", PolicyName="may", PolicyDocument=document(statement)
    )

    def passes(**context: str) -> str:
        return decision(iam, CALLER, "iam:PassRole", ROLE, **context)

    assert passes(iam_PassedToService="ecs-tasks.amazonaws.com") == "allowed"
    assert passes(iam_PassedToService="lambda.amazonaws.com") == "implicitDeny"
    assert passes() == "implicitDeny"


def test_a_user_may_do_what_its_groups_may(iam: Any) -> None:
    user = iam.create_user(UserName="ada")["User"]["Arn"]
    iam.create_group(GroupName="data")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    iam.put_group_policy(GroupName="data", PolicyName="read", PolicyDocument=document(statement))
    assert decision(iam, user, "s3:GetObject") == "implicitDeny"

    iam.add_user_to_group(GroupName="data", UserName="ada")

    assert decision(iam, user, "s3:GetObject") == "allowed"


def test_an_attached_policy_and_a_boundary_count(iam: Any) -> None:
    def policy(name: str, action: str) -> str:
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        made = iam.create_policy(PolicyName=name, PolicyDocument=document(statement))
        return made["Policy"]["Arn"]

    made = iam.create_role(
        RoleName="narrow",
        AssumeRolePolicyDocument="{}",
        PermissionsBoundary=policy("boundary", "s3:*"),
    )
    iam.attach_role_policy(RoleName="narrow", PolicyArn=policy("all", "*"))
    role = made["Role"]["Arn"]

    assert decision(iam, role, "s3:GetObject") == "allowed"
    assert decision(iam, role, "ecs:RunTask") == "implicitDeny"


@pytest.mark.parametrize(
    ("whose", "action", "code"),
    [
        ("arn:aws:sts::123456789012:assumed-role/orchestrator/double", "s3:GetObject", "Input"),
        ("arn:aws:iam::123456789012:role/nobody", "s3:GetObject", "NoSuchEntity"),
        (ROLE, "s3:*", "InvalidInput"),
        (ROLE, "GetObject", "InvalidInput"),
    ],
)
def test_what_cannot_be_simulated_is_refused(iam: Any, whose: str, action: str, code: str) -> None:
    with pytest.raises(ClientError) as refused:
        decision(iam, whose, action)

    assert refused.value.response["Error"]["Code"].endswith(code)
