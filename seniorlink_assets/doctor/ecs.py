"""Checks of the ECS cluster and the task definition that satellites run with."""

from collections.abc import Mapping
from typing import Any

from seniorlink_assets.doctor import rights
from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import CheckFailed, Unsaid, unless
from seniorlink_assets.launchers.aws import asking

_LEAST_MEGABYTES = 256
_PRINCIPAL = "ecs-tasks.amazonaws.com"
_ON_TASKS = ("ecs:DescribeTasks", "ecs:StopTask", "ecs:TagResource")


def cluster(account: Account) -> str:
    account.satellites("ecs").check()
    return f"{_cluster(account)} and {_definition(account)['taskDefinitionArn']} are ACTIVE"


def task(account: Account) -> str:
    found = _definition(account)
    container = _container(found)
    size = int(
        found.get("memory") or container.get("memory") or container.get("memoryReservation") or 0
    )
    if size < _LEAST_MEGABYTES:
        raise CheckFailed(
            f"The task definition {_task(account)} has {size} MB of memory, where Python with "
            f"DuckDB takes {_LEAST_MEGABYTES} at least; give it 1024"
        )
    if _subnets(account) and not found.get("taskRoleArn"):
        raise CheckFailed(
            f"The task definition {_task(account)} has no task role, so a satellite on Fargate can "
            "read nothing of S3; give it one that may use the lake"
        )
    return f"the container {container['name']} of {container['image']}, {size:,} MB"


def log(account: Account) -> str:
    found = _container(_definition(account)).get("logConfiguration", {})
    options = found.get("options", {})
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    if found.get("logDriver") != "awslogs" or not group or not prefix:
        raise Unsaid(
            "a task that cannot begin leaves no log: give its container the log driver awslogs "
            "with awslogs-group and awslogs-stream-prefix"
        )
    if options.get("awslogs-create-group") == "true":
        return f"goes to {group}, which tasks make"
    with unless("refused"), asking(f"look for the log group {group}"):
        groups = account.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    if group not in {each["logGroupName"] for each in groups}:
        raise CheckFailed(
            f"There is no log group {group}, without which no task of {_task(account)} starts; "
            f"make it: aws logs create-log-group --log-group-name {group}"
        )
    return f"goes to {group}"


def network(account: Account) -> str:
    found, subnets = _definition(account), _subnets(account)
    is_own = found.get("networkMode") == "awsvpc"
    if not subnets:
        if is_own:
            raise CheckFailed(
                f"The task definition {_task(account)} has the network mode awsvpc, which needs "
                "subnets; set SENIORLINK_ECS_SUBNETS"
            )
        return "that of the cluster's instances"
    if not is_own or "FARGATE" not in found.get("compatibilities", []):
        raise CheckFailed(
            f"The task definition {_task(account)} is not one for Fargate, which "
            "SENIORLINK_ECS_SUBNETS is for; make it with --requires-compatibilities FARGATE and "
            "--network-mode awsvpc, or unset SENIORLINK_ECS_SUBNETS"
        )
    return _vpc(account)


def permissions(account: Account) -> str:
    found, us, region = _definition(account), rights.us(account), account.buckets.region
    head = found["taskDefinitionArn"].partition(":task-definition/")[0]
    roles = {found[name]: name for name in ("taskRoleArn", "executionRoleArn") if found.get(name)}
    lacks = [
        *rights.denied(account, us, ["ecs:RunTask"], found["taskDefinitionArn"]),
        *rights.denied(account, us, _ON_TASKS, f"{head}:task/{_cluster(account)}/*"),
        *rights.denied(account, us, ["ecs:ListTasks"], "*"),
        *(one for role in roles for one in rights.passing(account, role, _PRINCIPAL)),
    ]
    rights.refuse(us, lacks)
    role = found.get("taskRoleArn")
    if not role:
        raise Unsaid("the task has no role: what a satellite may do, its instance's says")
    rights.refuse(role, [*rights.of_jobs(account, role)])
    return f"{us} may start, see and end tasks in {region}, which may use lake and landing"


def _vpc(account: Account) -> str:
    """Of all subnets and security groups."""
    subnets = _subnets(account)
    groups = [
        name for name in account.settings.get("SENIORLINK_ECS_SECURITY_GROUPS").split(",") if name
    ]
    ec2 = account.client("ec2")
    with unless("refused"), asking("look at SENIORLINK_ECS_SUBNETS"):
        found = ec2.describe_subnets(SubnetIds=subnets)["Subnets"]
    if groups:
        with unless("refused"), asking("look at SENIORLINK_ECS_SECURITY_GROUPS"):
            found += ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]
    vpcs = {each["VpcId"] for each in found}
    if len(vpcs) > 1:
        raise CheckFailed(
            "SENIORLINK_ECS_SUBNETS and SENIORLINK_ECS_SECURITY_GROUPS are of several networks "
            f"({', '.join(sorted(vpcs))}); name those of one"
        )
    return f"{', '.join(subnets)} of {vpcs.pop()}"


def _definition(account: Account) -> Mapping[str, Any]:
    with asking(f"look at the task definition {_task(account)}"):
        found = account.client("ecs").describe_task_definition(taskDefinition=_task(account))
    return found["taskDefinition"]


def _container(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first, which satellites run in; there is no task definition without one."""
    return definition["containerDefinitions"][0]


def _cluster(account: Account) -> str:
    return account.satellites("ecs").place


def _task(account: Account) -> str:
    return account.settings.get("SENIORLINK_ECS_TASK")


def _subnets(account: Account) -> list[str]:
    return [name for name in account.settings.get("SENIORLINK_ECS_SUBNETS").split(",") if name]
