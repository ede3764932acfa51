"""The launchers of EMR, as the settings describe them."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from seniorlink_assets.buckets import Buckets
from seniorlink_assets.deploy import Shipped, pack, ship
from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.launchers.base import Order
from seniorlink_assets.launchers.cost import Rates
from seniorlink_assets.launchers.emr_ec2 import EmrSteps, EmrTransient
from seniorlink_assets.launchers.emr_eks import EmrEks
from seniorlink_assets.launchers.emr_serverless import EmrServerless
from seniorlink_assets.launchers.permissions import Places, session_policy
from seniorlink_assets.launchers.remote import RemoteLauncher
from seniorlink_assets.launchers.service import Service
from seniorlink_assets.settings import EnvironmentSettingError, Settings


def emr_launcher(settings: Settings, name: str, home: Path, buckets: Buckets) -> RemoteLauncher:
    """The launcher of this name; EnvironmentSettingError if a setting of it is missing or wrong."""
    return RemoteLauncher(
        service=_service(settings, name, home, buckets),
        home=home,
        ship=lambda root: ship(pack(root), buckets.lake),
        policy=partial(_policy, settings, name, buckets),
    )


def _policy(
    settings: Settings, name: str, buckets: Buckets, order: Order, shipped: Shipped
) -> str | None:
    if name != "emr-serverless":
        return None
    places = Places(
        papers=order.papers.where,
        code=shipped.folder_url,
        logs=buckets.logs_url,
        kms_key=buckets.kms_key,
        partition=settings.get("SENIORLINK_EMR_ROLE").split(":")[1],
    )
    return session_policy(order.job, places)


def _service(settings: Settings, name: str, home: Path, buckets: Buckets) -> Service:
    by, aws, logs = f"SENIORLINK_LAUNCHER={name}", Aws(buckets.region), buckets.logs_url
    if name == "emr-serverless":
        return EmrServerless(
            application=settings.need("SENIORLINK_EMR_APPLICATION", by),
            role=settings.need("SENIORLINK_EMR_ROLE", by),
            logs=logs,
            home=home,
            aws=aws,
            rates=_rates(settings),
        )
    if name == "emr-eks":
        return EmrEks(
            cluster=settings.need("SENIORLINK_EMR_VIRTUAL_CLUSTER", by),
            role=settings.need("SENIORLINK_EMR_ROLE", by),
            release=settings.need("SENIORLINK_EMR_RELEASE", by),
            logs=logs,
            home=home,
            aws=aws,
        )
    template = settings.get("SENIORLINK_EMR_CLUSTER_TEMPLATE")
    if template:
        return EmrTransient(template=_template(Path(template)), home=home, aws=aws)
    cluster = settings.need("SENIORLINK_EMR_CLUSTER", by)
    return EmrSteps(cluster=cluster, home=home, aws=aws, role=settings.get("SENIORLINK_EMR_ROLE"))


def _template(file: Path) -> Mapping[str, Any]:
    """What a cluster is made from: the parameters of RunJobFlow as JSON."""
    try:
        found = json.loads((CHECKOUT / file).read_bytes())
    except (OSError, ValueError) as error:
        raise EnvironmentSettingError(
            f"SENIORLINK_EMR_CLUSTER_TEMPLATE is {str(file)!r}, which cannot be read as JSON "
            f"({error}); write the path of a file with the parameters of RunJobFlow"
        ) from error
    if not isinstance(found, dict):
        raise EnvironmentSettingError(
            f"SENIORLINK_EMR_CLUSTER_TEMPLATE is {str(file)!r}, which holds no JSON object; "
            "write the parameters of RunJobFlow there"
        )
    return found


def _rates(settings: Settings) -> Rates | None:
    numbers = settings.get("SENIORLINK_EMR_RATES")
    if not numbers:
        return None
    vcpu, memory, storage = map(float, numbers.split(","))
    return Rates(vcpu, memory, storage, "SENIORLINK_EMR_RATES")
