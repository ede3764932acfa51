"""The account, the settings and the catalogue that checks of AWS are about, found out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seniorlink_assets.asked import every_table
from seniorlink_assets.buckets import Buckets
from seniorlink_assets.catalogue import Declared, Satellite
from seniorlink_assets.environments import buckets_of, environment, settings_now
from seniorlink_assets.launchers.aws import Aws, asking
from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.launchers.satellite_services import service_of
from seniorlink_assets.launchers.service import Service
from seniorlink_assets.settings import Settings

if TYPE_CHECKING:
    from seniorlink_assets.warehouses.redshift.named import NamedRedshift
    from seniorlink_assets.warehouses.redshift.transport import Transport


@dataclass(frozen=True)
class Account:
    """Asks of AWS and of the environment what it is asked for, and nothing before."""

    @cached_property
    def settings(self) -> Settings:
        return settings_now("aws")

    @cached_property
    def launcher(self) -> Launcher:
        return environment("aws").launcher

    def satellites(self, service: Satellite) -> Service:
        """Where they run; a sentence if a setting of it is missing or wrong."""
        return service_of(self.settings, self.buckets, service)

    @cached_property
    def buckets(self) -> Buckets:
        return buckets_of(self.settings)

    @cached_property
    def redshift(self) -> "NamedRedshift":
        """Which one is named; a sentence if a setting of it is missing or wrong."""
        from seniorlink_assets.warehouses.redshift.named import named_redshift

        return named_redshift(self.settings)

    @cached_property
    def transport(self) -> "Transport":
        return self.redshift.transport(self.buckets.region)

    @cached_property
    def tables(self) -> Sequence[Declared]:
        return every_table()

    @cached_property
    def identity(self) -> Mapping[str, str]:
        with asking("say who we are"):
            return self.client("sts").get_caller_identity()

    def client(self, service: str) -> Any:
        """One that gives up soon: whoever waits is a person."""
        return Aws(self.buckets.region).client(service, attempts=3)
