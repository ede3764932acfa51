"""Checks of EMR Serverless: the application, its Spark, the role of jobs, and what we may do."""

import json
from collections.abc import Mapping
from typing import Any

from seniorlink_assets.doctor import rights
from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import CheckFailed, Unsaid, unless
from seniorlink_assets.environments import spark_version
from seniorlink_assets.launchers.aws import asking
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
    us, role = rights.us(account), _job_role(account)
    calls = [f"{SERVICE}:{action}" for action in _ACTIONS]
    lacks = rights.denied(account, us, calls, _application(account)["arn"])
    rights.refuse(us, [*lacks, *rights.passing(account, role, _PRINCIPAL)])
    logs = rights.objects(role, account.buckets.logs_url)
    lacks = rights.denied(account, role, ["s3:PutObject"], logs)
    rights.refuse(role, [*rights.of_jobs(account, role), *lacks])
    return f"{us} may start, see and end jobs, which may use lake and landing"


def _application(account: Account) -> Mapping[str, Any]:
    application = account.settings.get("SENIORLINK_EMR_APPLICATION")
    with asking(f"look at the application {application}"):
        found = account.client(SERVICE).get_application(applicationId=application)
    return found["application"]


def _job_role(account: Account) -> str:
    return account.settings.get("SENIORLINK_EMR_ROLE")
