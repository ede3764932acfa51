"""The account that the smoke suite is run on: a real one if the switch is set, else the double."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from assets_tests.doubles.aws.running import BUCKET, REGION, ROLE, Double
from assets_tests.launchers.remote_jobs import UNHURRIED, emr_eks, emr_steps
from assets_tests.launchers.satellite_services import make_ecs, make_lambda
from seniorlink_assets.buckets import Buckets
from seniorlink_assets.catalogue import Satellite
from seniorlink_assets.environments import buckets_of, settings_now
from seniorlink_assets.launchers.aws import Aws, asking, forget_clients
from seniorlink_assets.launchers.aws_service import AwsService
from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.launchers.emr import emr_launcher
from seniorlink_assets.launchers.remote import RemoteLauncher
from seniorlink_assets.launchers.satellite_services import service_launcher
from seniorlink_assets.settings import EnvironmentSettingError, Settings
from seniorlink_assets.storage.base import Storage

SWITCH = "SENIORLINK_SMOKE"

_OURS = ("SENIORLINK_", "AWS_")


@dataclass(frozen=True)
class Account:
    """A real account, or the double, in which all is kept below a place of its own."""

    home: Path
    double: Double | None

    @property
    def settings(self) -> Settings:
        return settings_now("aws")

    @cached_property
    def buckets(self) -> Buckets:
        return buckets_of(self.settings)

    @property
    def storage(self) -> Storage:
        return self.buckets.lake

    def client(self, service: str) -> Any:
        return Aws(self.buckets.region).client(service, attempts=3)

    def launcher(self, name: str) -> RemoteLauncher:
        """The launcher of this name; skips where a setting of it is missing."""
        with _skipped_without_settings():
            launcher = emr_launcher(self.settings, name, self.home, self.buckets)
        if self.double and isinstance(launcher.service, AwsService):
            launcher.service.quotas = UNHURRIED
        return launcher

    def note(self, found: str) -> None:
        """Tells who reads the report what nobody could know before."""
        sys.stdout.write(f"{found}\n")

    def satellites(self, service: Satellite) -> Launcher:
        """The launcher of the satellites of a service; skips where a setting of it is missing."""
        with _skipped_without_settings():
            return service_launcher(self.settings, self.buckets, self.home, service)

    def becomes(self, condition: Callable[[], object]) -> float | None:
        """After how many seconds something has come true; None if it does not."""
        patience, pause = (120.0, 0.1) if self.double else (1200.0, 5.0)
        began = monotonic()
        while not condition():
            if monotonic() - began > patience:
                return None
            sleep(pause)
        return monotonic() - began


def is_real(variables: Mapping[str, str]) -> bool:
    """Whether the switch asks for a real account; EnvironmentSettingError if it is neither."""
    value = variables.get(SWITCH, "")
    if value not in ("", "aws"):
        raise EnvironmentSettingError(
            f"{SWITCH} is {value!r}; set it to aws to test a real account, or unset it"
        )
    return value == "aws"


@contextmanager
def opened(folder: Path, double: Double | None) -> Iterator[Account]:
    """The account of the double, or of this process's settings; leaves nothing in its lake."""
    with pytest.MonkeyPatch.context() as patch:
        if double:
            for name in [name for name in os.environ if name.startswith(_OURS)]:
                patch.delenv(name)
            for name, value in _everything(double, folder).items():
                patch.setenv(name, value)
            for module in ("waiting", "s3_messages"):
                patch.setattr(f"seniorlink_assets.launchers.{module}._OFTEN", 0.1)
        forget_clients()
        lake = buckets_of(settings_now("aws")).lake_url
        place = f"smoke-{secrets.token_hex(6)}"
        patch.setenv("SENIORLINK_ENV", "aws")
        patch.setenv("SENIORLINK_HOME", str(folder / "home"))
        patch.setenv("DAGSTER_HOME", str(folder / "home" / "dagster"))
        patch.setenv("SENIORLINK_LAKE", f"{lake}/{place}")
        for name in ("SENIORLINK_LANDING", "SENIORLINK_LOGS", "SENIORLINK_EMR_CLUSTER_TEMPLATE"):
            patch.delenv(name, raising=False)
        account = Account(folder / "home", double)
        with asking("say who we are"):
            account.client("sts").get_caller_identity()
        try:
            yield account
        finally:
            account.buckets.storage(lake).remove([f"{place}/"])
            forget_clients()


@contextmanager
def _skipped_without_settings() -> Iterator[None]:
    try:
        yield
    except EnvironmentSettingError as error:
        if " is not set, which " not in str(error):
            raise
        pytest.skip(str(error))


def _everything(double: Double, folder: Path) -> Mapping[str, str]:
    """All that can be set, of services that the double has."""
    double.reset()
    double.time(minute=1.5, pace=0.05)
    make_lambda(double)
    make_ecs(double)
    double.client("logs").create_log_group(logGroupName="/ecs")
    ec2 = double.client("ec2")
    (machine,) = ec2.run_instances(ImageId="ami-03cf127a", MinCount=1, MaxCount=1)["Instances"]
    return {
        **double.environment,
        "AWS_REGION": REGION,
        "SENIORLINK_LAKE": f"s3://{BUCKET}/company",
        "SENIORLINK_EMR_ROLE": ROLE,
        "SENIORLINK_EMR_APPLICATION": double.application(releaseLabel="emr-spark-8.0.0"),
        "SENIORLINK_EMR_CLUSTER": emr_steps(double, folder).cluster,
        "SENIORLINK_EMR_VIRTUAL_CLUSTER": emr_eks(double, folder).cluster,
        "SENIORLINK_EMR_RELEASE": "emr-7.10.0-latest",
        "SENIORLINK_LAMBDA_FUNCTION": "satellite",
        "SENIORLINK_ECS_CLUSTER": "satellites",
        "SENIORLINK_ECS_TASK": "satellite",
        "SENIORLINK_EC2_INSTANCE": machine["InstanceId"],
    }
