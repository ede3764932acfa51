"""The account, the region and the settings that checks of AWS are about, found out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seniorlink_assets.buckets import Buckets
from seniorlink_assets.environments import buckets_of, environment, settings_now
from seniorlink_assets.launchers.aws import Aws, asking
from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.settings import Settings


@dataclass(frozen=True)
class Account:
    """Asks of AWS and of the environment what it is asked for, and nothing before."""

    @cached_property
    def settings(self) -> Settings:
        return settings_now("aws")

    @cached_property
    def launcher(self) -> Launcher:
        return environment("aws").launcher

    @cached_property
    def buckets(self) -> Buckets:
        return buckets_of(self.settings)

    @cached_property
    def identity(self) -> Mapping[str, str]:
        with asking("say who we are"):
            return self.client("sts").get_caller_identity()

    def client(self, service: str) -> Any:
        """One that gives up soon: whoever waits is a person."""
        return Aws(self.buckets.region).client(service, attempts=3)
