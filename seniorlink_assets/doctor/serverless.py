"""Checks of EMR Serverless: the application, its Spark, the role of jobs, and what we may do."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import CheckFailed, Unsaid, unless
from seniorlink_assets.environments import spark_version
from seniorlink_assets.launchers.aws import asking
from seniorlink_assets.launchers.permissions import OF_KEY, OF_LAKE
from seniorlink_assets.launchers.remote import RemoteLauncher

SERVICE = "emr-serverless"

_PRINCIPAL = f"{SERVICE}.amazonaws.com"
_ACTIONS = ("StartJobRun", "GetJobRun", "ListJobRuns", "CancelJobRun", "GetApplication")

_SPARK_OF = {"emr-6.": "3.", "emr-7.": "3.5.", "emr-spark-8.": "4."}
"""How the version of Spark begins that comes with a release."""


def application(account: Account) -> str:
    found = _application(account)
    if isinstance(account.launcher, RemoteLauncher):
        account.launcher.service.check()
    architecture = found.get("architecture", "X86_64")
    return f"{found['applicationId']} is {found['state']}, {architecture}"


def release(account: Account) -> str:
    label, ours = _application(account)["releaseLabel"], spark_version()
    theirs = next((line for start, line in _SPARK_OF.items() if label.startswith(start)), None)
    if theirs is None:
        raise Unsaid(f"{label} is not known here, nor which Spark it has")
    if not ours.startswith(theirs):
        raise CheckFailed(
            f"{label} has Spark {theirs}x, but jobs are fingerprinted as of {ours}; set "
            "SENIORLINK_SPARK to the version that the release's page names"
        )
    return f"{label}, Spark {ours}"


def role(account: Account) -> str:
    arn = _job_role(account)
    name = arn.rpartition("/")[2]
    with unless("refused"), asking(f"look at the role {name}"):
        found = account.client("iam").get_role(RoleName=name)["Role"]
    trust = json.dumps(found.get("AssumeRolePolicyDocument", {}))
    if found["Arn"] != arn or _PRINCIPAL not in trust:
        raise CheckFailed(
            f"{found['Arn']} is not a role that EMR Serverless may assume; let its trust "
            f"policy name {_PRINCIPAL}, or correct SENIORLINK_EMR_ROLE"
        )
    return f"{arn} trusts EMR Serverless"


def permissions(account: Account) -> str:
    """Whether we may start jobs and pass them their role, and the role may do what jobs do."""
    us, role = _role_of(account.identity["Arn"]), _job_role(account)
    calls = [f"{SERVICE}:{action}" for action in _ACTIONS]
    denied = [
        *_denied(account, us, calls, [_application(account)["arn"]]),
        *_denied(account, us, ["iam:PassRole"], [role], {"iam:PassedToService": _PRINCIPAL}),
    ]
    if denied:
        raise CheckFailed(f"{us} may not {', '.join(denied)}; allow it in its policies")
    buckets = account.buckets
    denied = [
        *_denied(account, role, OF_LAKE, [_objects(role, buckets.lake_url)]),
        *_denied(account, role, ["s3:GetObject"], [_objects(role, buckets.landing_url)]),
        *_denied(account, role, ["s3:PutObject"], [_objects(role, buckets.logs_url)]),
    ]
    if buckets.kms_key:
        denied += _denied(account, role, OF_KEY, [buckets.kms_key])
    if denied:
        raise CheckFailed(f"{role} may not {', '.join(denied)}; allow it in its policies")
    return f"{us} may start, see and end jobs, which may use lake and landing"


def _application(account: Account) -> Mapping[str, Any]:
    application = account.settings.get("SENIORLINK_EMR_APPLICATION")
    with asking(f"look at the application {application}"):
        found = account.client(SERVICE).get_application(applicationId=application)
    return found["application"]


def _denied(
    account: Account,
    whose: str,
    actions: Sequence[str],
    resources: Sequence[str],
    context: Mapping[str, str] | None = None,
) -> list[str]:
    """The actions that IAM says it would deny."""
    with unless("refused", "missing", "wrong", "away"), asking(f"say what {whose} may do"):
        answers = account.client("iam").simulate_principal_policy(
            PolicySourceArn=whose,
            ActionNames=[*actions],
            ResourceArns=[*resources],
            ContextEntries=[
                {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": "string"}
                for name, value in (context or {}).items()
            ],
        )["EvaluationResults"]
    return [
        f"{answer['EvalActionName']} on {answer['EvalResourceName']}"
        for answer in answers
        if answer["EvalDecision"] != "allowed"
    ]


def _job_role(account: Account) -> str:
    return account.settings.get("SENIORLINK_EMR_ROLE")


def _objects(role: str, url: str) -> str:
    """The ARN of whatever lies below a URL."""
    return f"arn:{role.split(':')[1]}:s3:::{url.removeprefix('s3://')}/*"


def _role_of(arn: str) -> str:
    """Whose policies count for an identity: of a session, its role's."""
    head, found, session = arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{session.partition('/')[0]}" if found else arn
