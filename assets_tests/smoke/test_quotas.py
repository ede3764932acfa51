"""How often the launcher may ask EMR Serverless, as the account's quotas say it, where they do."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from seniorlink_assets.launchers.aws import AwsError, asking
from seniorlink_assets.launchers.emr_serverless import QUOTAS


def by_operation(quotas: Iterable[Mapping[str, Any]]) -> Mapping[str, Mapping[str, float]]:
    """The requests per second, and at once, that quotas allow of the operations they name."""
    found: dict[str, dict[str, float]] = {}
    for quota in quotas:
        name = quota["QuotaName"]
        kind = "at once" if re.search("burst|bucket|maximum", name, re.IGNORECASE) else "a second"
        for operation in QUOTAS:
            if operation.replace("_", "") in re.sub("[^a-z]", "", name.lower()):
                found.setdefault(operation, {})[kind] = quota["Value"]
    return found


def test_quotas_are_known_by_the_operation_in_their_names():
    listed = [
        {"QuotaName": "Max concurrent vCPUs per account", "Value": 16.0},
        {"QuotaName": "StartJobRun requests per second", "Value": 1.0},
        {"QuotaName": "The maximum bucket size of StartJobRun API calls", "Value": 20.0},
    ]

    assert by_operation(listed) == {"start_job_run": {"a second": 1.0, "at once": 20.0}}


def test_the_launcher_asks_no_more_often_than_it_may(account):
    try:
        with asking("list the quotas of EMR Serverless"):
            pages = account.client("service-quotas").get_paginator("list_service_quotas")
            listed = [
                quota
                for page in pages.paginate(ServiceCode="emr-serverless")
                for quota in page["Quotas"]
            ]
    except AwsError as error:
        pytest.skip(f"not checked: {error}")
    allowed = by_operation(listed)

    for operation, found in allowed.items():
        per_second, at_once = QUOTAS[operation]
        assert per_second <= found.get("a second", per_second), operation
        assert at_once <= found.get("at once", at_once), operation
    if unsaid := sorted({*QUOTAS} - {*allowed}):
        pytest.skip(f"not checked, Service Quotas says nothing of them: {', '.join(unsaid)}")
