"""The launcher of each service that satellites run at, as the settings describe it."""

from pathlib import Path

from seniorlink_assets.buckets import Buckets
from seniorlink_assets.catalogue import Satellite
from seniorlink_assets.deploy import pack, ship
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.launchers.ecs import Ecs
from seniorlink_assets.launchers.lambda_function import LambdaFunction
from seniorlink_assets.launchers.remote import RemoteLauncher
from seniorlink_assets.launchers.service import Service
from seniorlink_assets.launchers.ssm import Ssm
from seniorlink_assets.settings import Settings


def service_launcher(
    settings: Settings, buckets: Buckets, home: Path, service: Satellite
) -> Launcher:
    """Only who runs a satellite at a service needs the settings of that."""
    return RemoteLauncher(
        service=service_of(settings, buckets, service),
        home=home,
        ship=lambda root: ship(pack(root), buckets.lake),
    )


def service_of(settings: Settings, buckets: Buckets, service: Satellite) -> Service:
    """The service itself; EnvironmentSettingError if a setting of it is missing or wrong."""
    papers, aws = buckets.lake, Aws(buckets.region)
    match service:
        case "lambda":
            function = settings.need("SENIORLINK_LAMBDA_FUNCTION", "a satellite on Lambda")
            return LambdaFunction(papers, aws, function=function)
        case "ecs":
            return Ecs(
                papers,
                aws,
                cluster=settings.need("SENIORLINK_ECS_CLUSTER", "a satellite on ECS"),
                task=settings.need("SENIORLINK_ECS_TASK", "a satellite on ECS"),
                subnets=_listed(settings.get("SENIORLINK_ECS_SUBNETS")),
                groups=_listed(settings.get("SENIORLINK_ECS_SECURITY_GROUPS")),
            )
        case "ec2":
            instance = settings.need("SENIORLINK_EC2_INSTANCE", "a satellite on EC2")
            return Ssm(papers, aws, instance=instance)


def _listed(text: str) -> list[str]:
    return [part for part in text.split(",") if part]
