"""Checks of what IAM allows those who load into Redshift, and Redshift itself."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seniorlink_assets.buckets import bucket_and_key
from seniorlink_assets.doctor import rights
from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import CheckFailed, unless
from seniorlink_assets.launchers.aws import asking

PRINCIPAL = "redshift.amazonaws.com"

_OWNER = "redshift-data:statement-owner-iam-userid"
_OWN_STATEMENTS = (
    "redshift-data:CancelStatement",
    "redshift-data:DescribeStatement",
    "redshift-data:GetStatementResult",
)


def copy_role(account: Account) -> str:
    arn, attached = _copy_role(account), _attached(account)
    if arn not in attached:
        raise CheckFailed(
            f"{arn} is not attached to {account.redshift.name}, which so cannot read the lake; "
            "attach it there, or correct SENIORLINK_REDSHIFT_COPY_ROLE"
        )
    if attached[arn] != "in-sync":
        raise CheckFailed(f"{arn} is attached, but still {attached[arn]}; try again in a minute")
    with unless("refused"), asking(f"look at the role {arn}"):
        role = account.client("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]
    if PRINCIPAL not in json.dumps(role.get("AssumeRolePolicyDocument", {})):
        raise CheckFailed(
            f"{arn} is not a role that Redshift may assume; let its trust policy name {PRINCIPAL}"
        )
    return f"{arn} is attached, and trusts Redshift"


def copy_rights(account: Account) -> str:
    """Whether Redshift, as that role, may read what is loaded."""
    role, lake, key = _copy_role(account), account.buckets.lake_url, account.buckets.kms_key
    lacks = rights.denied(account, role, ["s3:GetBucketLocation"], rights.bucket(role, lake))
    for folder in ("loads", "snapshots"):
        url = f"{lake}/{folder}"
        prefix = {"s3:prefix": f"{bucket_and_key(url)[1]}/"}
        lacks += rights.denied(account, role, ["s3:GetObject"], rights.objects(role, url))
        lacks += rights.denied(account, role, ["s3:ListBucket"], rights.bucket(role, url), prefix)
    if key:
        lacks += rights.denied(account, role, ["kms:Decrypt"], key)
    rights.refuse(role, [*dict.fromkeys(lacks)])
    return f"{role} may read loads and snapshots"


def load_rights(account: Account) -> str:
    """Whether we may log in, and ask through the Data API where that is the way."""
    us = rights.us(account)
    lacks = [one for needed in _needed(account) for one in rights.denied(account, us, *needed)]
    rights.refuse(us, lacks)
    return f"{us} may use {account.redshift.name}"


def _needed(account: Account) -> Iterator[tuple[Sequence[str], str, Mapping[str, str]]]:
    """What AWS must allow us, on which resource, and what it is told besides."""
    named, region, identity = account.redshift, account.buckets.region, account.identity
    head, owner = f"arn:{identity['Arn'].split(':')[1]}", identity["Account"]
    redshift = f"{head}:redshift:{region}:{owner}"
    place = f"{redshift}:cluster:{named.cluster}"
    if named.workgroup:
        place = described(account)["workgroupArn"]
        yield ["redshift-serverless:GetWorkgroup"], place, {}
    elif named.has_driver and not named.secret:
        yield ["redshift:DescribeClusters"], place, {}
    if not named.has_driver:
        yield ["redshift-data:BatchExecuteStatement"], place, {}
        yield _OWN_STATEMENTS, "*", dict.fromkeys((_OWNER, "aws:userid"), identity["UserId"])
    if named.secret:
        of_name = f"{head}:secretsmanager:{region}:{owner}:secret:{named.secret}-000000"
        arn = named.secret if named.secret.startswith("arn:") else of_name
        yield ["secretsmanager:GetSecretValue"], arn, {}
    elif named.workgroup:
        yield ["redshift-serverless:GetCredentials"], place, {}
    elif named.user:
        for kind, name in (("dbuser", named.user), ("dbname", named.database)):
            arn = f"{redshift}:{kind}:{named.cluster}/{name}"
            yield ["redshift:GetClusterCredentials"], arn, {}
    else:
        arn = f"{redshift}:dbname:{named.cluster}/{named.database}"
        yield ["redshift:GetClusterCredentialsWithIAM"], arn, {}


def described(account: Account) -> Mapping[str, Any]:
    """What AWS says of the cluster or the workgroup."""
    named = account.redshift
    with asking(f"look at {named.name}"):
        if named.cluster:
            clusters = account.client("redshift").describe_clusters(ClusterIdentifier=named.cluster)
            return clusters["Clusters"][0]
        serverless = account.client("redshift-serverless")
        return serverless.get_workgroup(workgroupName=named.workgroup)["workgroup"]


def _copy_role(account: Account) -> str:
    """The ARN of what Redshift reads the lake as."""
    named = account.redshift
    if named.copy_role != "default":
        return named.copy_role
    found = _holder(account)
    arn = found.get("DefaultIamRoleArn") or found.get("defaultIamRoleArn")
    if not arn:
        raise CheckFailed(
            f"{named.name} has no default role, which SENIORLINK_REDSHIFT_COPY_ROLE asks for; "
            "make one of its roles the default, or set its ARN"
        )
    return arn


def _attached(account: Account) -> Mapping[str, str]:
    """The roles of the cluster or the namespace, and how far each has come."""
    found = _holder(account)
    if "IamRoles" in found:
        return {role["IamRoleArn"]: role["ApplyStatus"] for role in found["IamRoles"]}
    return dict(_role_of_namespace(text) for text in found.get("iamRoles", []))


def _role_of_namespace(text: str) -> tuple[str, str]:
    """ARN and state of what the API writes as IamRole(applyStatus=in-sync, iamRoleArn=…)."""
    words = dict(re.findall(r"(\w+)=([^,)]+)", text))
    return words.get("iamRoleArn", text), words.get("applyStatus", "in-sync")


def _holder(account: Account) -> Mapping[str, Any]:
    """What roles are attached to: the cluster, or the namespace of the workgroup."""
    found = described(account)
    if "namespaceName" not in found:
        return found
    with unless("refused"), asking(f"look at the namespace {found['namespaceName']}"):
        serverless = account.client("redshift-serverless")
        return serverless.get_namespace(namespaceName=found["namespaceName"])["namespace"]
