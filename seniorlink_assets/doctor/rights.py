"""What IAM says that somebody may do, by simulation: nothing is done."""

from collections.abc import Iterator, Mapping, Sequence

from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import CheckFailed, unless
from seniorlink_assets.launchers.aws import asking
from seniorlink_assets.launchers.permissions import OF_KEY, OF_LAKE


def denied(
    account: Account,
    whose: str,
    actions: Sequence[str],
    resource: str,
    context: Mapping[str, str] | None = None,
) -> list[str]:
    """The actions that IAM says it would deny; Unsaid if it does not say."""
    with unless("refused", "missing", "wrong", "away"), asking(f"say what {whose} may do"):
        answers = account.client("iam").simulate_principal_policy(
            PolicySourceArn=whose,
            ActionNames=[*actions],
            ResourceArns=[resource],
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


def passing(account: Account, role: str, service: str) -> list[str]:
    """That we may not have a service run something as a role, if so."""
    return denied(account, us(account), ["iam:PassRole"], role, {"iam:PassedToService": service})


def of_jobs(account: Account, role: str) -> Iterator[str]:
    """What a role lacks to read what has landed, and to write the lake."""
    buckets = account.buckets
    yield from denied(account, role, OF_LAKE, objects(role, buckets.lake_url))
    yield from denied(account, role, ["s3:GetObject"], objects(role, buckets.landing_url))
    both = (buckets.lake_url, buckets.landing_url)
    for arn in dict.fromkeys(bucket(role, url) for url in both):
        yield from denied(account, role, ["s3:ListBucket"], arn)
    if buckets.kms_key:
        yield from denied(account, role, OF_KEY, buckets.kms_key)


def refuse(whose: str, lacks: Sequence[str]) -> None:
    """CheckFailed if somebody lacks anything."""
    if lacks:
        raise CheckFailed(f"{whose} may not {', '.join(lacks)}; allow it in its policies")


def us(account: Account) -> str:
    """Whose policies count for who asks: of a session, its role's."""
    arn = account.identity["Arn"]
    head, found, session = arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{session.partition('/')[0]}" if found else arn


def objects(role: str, url: str) -> str:
    """The ARN of whatever lies below a URL."""
    return f"arn:{role.split(':')[1]}:s3:::{url.removeprefix('s3://')}/*"


def bucket(role: str, url: str) -> str:
    return objects(role, url).removesuffix("/*").partition("/")[0]
