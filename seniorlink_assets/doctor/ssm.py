"""Checks of the instance that satellites run on through Systems Manager."""

from seniorlink_assets.doctor import rights
from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import Unsaid, unless
from seniorlink_assets.launchers.aws import asking

_ON_COMMANDS = ("ssm:CancelCommand", "ssm:GetCommandInvocation", "ssm:ListCommands")


def instance(account: Account) -> str:
    account.satellites("ec2").check()
    return f"{_id(account)} is online"


def permissions(account: Account) -> str:
    us, region = rights.us(account), account.buckets.region
    partition, owner = account.identity["Arn"].split(":")[1], account.identity["Account"]
    kind = "ssm" if _id(account).startswith("mi-") else "ec2"
    place = "managed-instance" if kind == "ssm" else "instance"
    where = f"arn:{partition}:{kind}:{region}:{owner}:{place}/{_id(account)}"
    document = f"arn:{partition}:ssm:{region}::document/AWS-RunShellScript"
    lacks = [
        *rights.denied(account, us, ["ssm:SendCommand"], where),
        *rights.denied(account, us, ["ssm:SendCommand"], document),
        *rights.denied(account, us, _ON_COMMANDS, "*"),
    ]
    rights.refuse(us, lacks)
    role = _role(account)
    rights.refuse(role, [*rights.of_jobs(account, role)])
    return f"{us} may start, see and end commands, which may use lake and landing"


def _role(account: Account) -> str:
    """What the programs of the instance run as."""
    with unless("refused", "missing", "wrong"), asking(f"look at the instance {_id(account)}"):
        found = account.client("ec2").describe_instances(InstanceIds=[_id(account)])
        profile = found["Reservations"][0]["Instances"][0].get("IamInstanceProfile")
        if profile is None:
            raise Unsaid("the instance has no profile, so nobody can say what its programs may do")
        name = profile["Arn"].rpartition("/")[2]
        found = account.client("iam").get_instance_profile(InstanceProfileName=name)
    return found["InstanceProfile"]["Roles"][0]["Arn"]


def _id(account: Account) -> str:
    return account.satellites("ec2").place
