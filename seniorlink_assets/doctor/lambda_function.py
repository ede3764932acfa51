"""Checks of the Lambda function that satellites run in."""

from collections.abc import Mapping
from typing import Any

from seniorlink_assets.doctor import rights
from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import CheckFailed, Unsaid
from seniorlink_assets.launchers.aws import asking
from seniorlink_assets.launchers.lambda_function import HANDLER, packed, sha256

_LEAST_MEGABYTES = 256
"""Two Pythons, one with DuckDB, take 150 of them before the first row."""

_LEAST_SECONDS = 60
_KEPT_SECONDS = 15
"""What bootstrap.py keeps of them to say how it ended."""

_MOST_SECONDS = 900


def function(account: Account) -> str:
    account.satellites("lambda").check()
    found = _function(account)
    state = found.get("State", "Active")
    if state == "Pending":
        raise CheckFailed(
            f"The Lambda function {_name(account)} is still being made (Pending); wait until it is "
            "Active"
        )
    return f"{_name(account)} is {state}, {found.get('Runtime') or 'of an image'}"


def timeout(account: Account) -> str:
    has = _function(account)["Timeout"]
    asked = {
        table.timeout.total_seconds() + _KEPT_SECONDS: table.key
        for table in account.tables
        if table.satellite == "lambda" and table.timeout
    }
    longest = max(asked, default=0)
    least = min(max(longest, _LEAST_SECONDS), _MOST_SECONDS)
    if has < least:
        why = f" for {asked[longest]}" if longest > _LEAST_SECONDS else ""
        raise CheckFailed(
            f"The Lambda function {_name(account)} ends everything after {has} s; give it a "
            f"timeout of at least {least:.0f} s{why}"
        )
    return f"{has} s, the longest table needs {longest:.0f}" if asked else f"{has} s"


def memory(account: Account) -> str:
    has = _function(account)["MemorySize"]
    if has < _LEAST_MEGABYTES:
        raise CheckFailed(
            f"The Lambda function {_name(account)} has {has} MB of memory, where Python with "
            f"DuckDB takes {_LEAST_MEGABYTES} at least; give it 1024"
        )
    return f"{has:,} MB"


def bootstrap(account: Account) -> str:
    found = _function(account)
    if found.get("PackageType") == "Image":
        raise Unsaid("the function is an image, into which nobody can look from here")
    if found["CodeSha256"] != sha256(packed()):
        raise Unsaid(
            "the function's code is not the bootstrap.py of this checkout alone; if DuckDB is in a "
            "layer, `seniorlink deploy satellites` brings it there"
        )
    if found["Handler"] != HANDLER:
        raise CheckFailed(
            f"The handler of the Lambda function {_name(account)} is {found['Handler']}; make it "
            f"{HANDLER}"
        )
    return "that of this checkout"


def invocation(account: Account) -> str:
    name = _name(account)
    with asking(f"invoke the Lambda function {name}"):
        account.client("lambda").invoke(FunctionName=name, InvocationType="DryRun", Payload=b"{}")
    return f"{rights.us(account)} may invoke it"


def permissions(account: Account) -> str:
    found, us = _function(account), rights.us(account)
    _, partition, _, region, owner, _, name = found["FunctionArn"].split(":")[:7]
    group = found.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}")
    logs = f"arn:{partition}:logs:{region}:{owner}:log-group:{group}"
    rights.refuse(us, rights.denied(account, us, ["logs:GetLogEvents"], f"{logs}:*"))
    rights.refuse(found["Role"], [*rights.of_jobs(account, found["Role"])])
    return f"{found['Role']} may use lake and landing"


def _function(account: Account) -> Mapping[str, Any]:
    name = _name(account)
    with asking(f"look at the Lambda function {name}"):
        return account.client("lambda").get_function_configuration(FunctionName=name)


def _name(account: Account) -> str:
    return account.satellites("lambda").place
