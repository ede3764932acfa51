"""Checks of the services that satellites run at: of those that a table or a setting names."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import get_args

from seniorlink_assets.catalogue import Satellite
from seniorlink_assets.doctor import ecs, lambda_function, ssm
from seniorlink_assets.doctor.account import Account
from seniorlink_assets.environments import ON_THIS_MACHINE, launcher_name
from seniorlink_assets.sentence import SentenceError

Looks = Sequence[tuple[str, Callable[[Account], str], str]]
"""Checks with their names, and with that of the one that must be fine before."""

_NAMED_BY: Mapping[Satellite, str] = {
    "lambda": "SENIORLINK_LAMBDA_FUNCTION",
    "ecs": "SENIORLINK_ECS_CLUSTER",
    "ec2": "SENIORLINK_EC2_INSTANCE",
}

_LOOKS: Mapping[Satellite, Looks] = {
    "lambda": [
        ("function", lambda_function.function, "identity"),
        ("timeout", lambda_function.timeout, "function"),
        ("memory", lambda_function.memory, "function"),
        ("bootstrap", lambda_function.bootstrap, "function"),
        ("invocation", lambda_function.invocation, "function"),
        ("lambda rights", lambda_function.permissions, "function"),
    ],
    "ecs": [
        ("cluster", ecs.cluster, "identity"),
        ("task", ecs.task, "cluster"),
        ("task log", ecs.log, "cluster"),
        ("network", ecs.network, "cluster"),
        ("ecs rights", ecs.permissions, "cluster"),
    ],
    "ec2": [
        ("instance", ssm.instance, "identity"),
        ("ec2 rights", ssm.permissions, "instance"),
    ],
}


def looks(account: Account) -> Looks:
    """The catalogue itself, and what its satellites need."""
    used = [service for service in get_args(Satellite) if _is_used(account, service)]
    return [
        ("catalogue", catalogue, "settings"),
        *(look for service in used for look in _LOOKS[service]),
    ]


def catalogue(account: Account) -> str:
    satellites = [table.key for table in account.tables if table.satellite]
    return f"{len(account.tables)} tables and extracts, {len(satellites)} of them satellites"


def _is_used(account: Account, service: Satellite) -> bool:
    with suppress(SentenceError):  # the check of the settings says it
        if launcher_name(account.settings) in ON_THIS_MACHINE:
            return False
        if account.settings.get(_NAMED_BY[service]):
            return True
        return any(table.satellite == service for table in account.tables)
    return False
