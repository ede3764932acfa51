"""What lake, jobs, satellites and Redshift need; nothing is started that costs money."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from seniorlink_assets.doctor import emr, s3, satellites, serverless
from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import Check, CheckFailed, Unsaid
from seniorlink_assets.doctor.here import home_checks
from seniorlink_assets.environments import (
    check_settings,
    is_in_redshift,
    launcher_name,
    settings_now,
)
from seniorlink_assets.launchers.remote import RemoteLauncher
from seniorlink_assets.settings import EnvironmentSettingError


def checks() -> Sequence[Check]:
    """Of the environment `aws`, with the launcher that is chosen."""
    account = Account()

    def check(look: Callable[[Account], str], *needs: str) -> Check:
        return Check(look.__name__, lambda: look(account), needs)

    of_serverless = [
        check(serverless.application, "identity"),
        check(serverless.release, "application"),
        check(serverless.role, "identity"),
        check(serverless.permissions, "application"),
    ]
    of_others = [
        check(service, "identity"),
        check(emr.lasting, "service"),
        check(emr.permissions, "service"),
    ]
    return [
        check(settings),
        *home_checks(),
        check(region, "settings"),
        check(identity, "region"),
        check(s3.bucket, "identity"),
        check(s3.lake, "bucket"),
        check(s3.landing, "identity"),
        check(s3.key, "identity"),
        check(s3.logs, "identity"),
        *(of_serverless if _is_serverless() else of_others),
        *(
            Check(name, partial(look, account), (needs,))
            for name, look, needs in (*satellites.looks(account), *_of_redshift())
        ),
        check(s3.code, "lake"),
    ]


def _is_serverless() -> bool:
    try:
        return launcher_name(settings_now("aws")) == serverless.SERVICE
    except EnvironmentSettingError:
        return False


def _of_redshift() -> satellites.Looks:
    with suppress(EnvironmentSettingError):  # the check of the settings says it
        if is_in_redshift(settings_now("aws")):
            from seniorlink_assets.doctor.redshift import LOOKS

            return LOOKS
    return ()


def settings(account: Account) -> str:
    check_settings("aws")
    return f"{launcher_name(account.settings)} in {account.buckets.region}"


def identity(account: Account) -> str:
    return account.identity["Arn"]


def region(account: Account) -> str:
    from boto3.session import Session

    session, region = Session(), account.buckets.region
    partition = session.get_partition_for_region(region)
    known = session.get_available_regions(serverless.SERVICE, partition)
    if known and region not in known:
        raise CheckFailed(
            f"AWS_REGION is {region}, where there is no EMR Serverless that boto3 knows of; "
            f"use one of {', '.join(known)}"
        )
    return region


def service(account: Account) -> str:
    launcher = account.launcher
    if not isinstance(launcher, RemoteLauncher):
        raise Unsaid(f"{launcher.name} asks nothing of AWS")
    launcher.service.check()
    return f"{launcher.name} {launcher.service.place}"
