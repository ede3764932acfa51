"""The Redshift that the settings name, and the way to it; nothing is asked of it yet."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from seniorlink_assets.buckets import Buckets
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.settings import EnvironmentSettingError, Settings
from seniorlink_assets.storage.disk import DiskStorage
from seniorlink_assets.warehouses.redshift.capacity import (
    Capacity,
    RememberedCapacity,
    of_cluster,
    of_workgroup,
)
from seniorlink_assets.warehouses.redshift.credentials import (
    ClusterLogins,
    Logins,
    SecretLogins,
    WorkgroupLogins,
)
from seniorlink_assets.warehouses.redshift.data_api import DataApi
from seniorlink_assets.warehouses.redshift.driver import RedshiftDriver
from seniorlink_assets.warehouses.redshift.transport import Transport
from seniorlink_assets.warehouses.redshift.warehouse import RedshiftWarehouse

_BY = "a warehouse in Redshift"


@dataclass(frozen=True)
class NamedRedshift:
    """A cluster or a workgroup, and how we come there; "" is what is not set.

    `has_driver` is whether we have a connection of our own, and do not ask through the Data API;
    `vacuum` whether a table is vacuumed after each load.
    """

    cluster: str
    workgroup: str
    database: str
    copy_role: str
    user: str
    secret: str
    endpoint: str
    has_driver: bool
    vacuum: bool

    @property
    def name(self) -> str:
        return self.cluster or self.workgroup

    def warehouse(self, buckets: Buckets, home: Path) -> RedshiftWarehouse:
        """`home` is where its size is remembered."""
        transport = self.transport(buckets.region)
        if self.cluster:
            ask: Callable[[], Capacity | None] = partial(of_cluster, transport)
        else:
            ask = partial(of_workgroup, Aws(buckets.region), self.workgroup)
        return RedshiftWarehouse(
            transport,
            buckets.lake,
            copy_role=self.copy_role,
            database=self.database,
            name=self.name,
            vacuum=self.vacuum,
            capacity=RememberedCapacity(DiskStorage(home / "redshift"), f"{self.name}.json", ask),
        )

    def transport(self, region: str) -> Transport:
        if self.has_driver:
            return RedshiftDriver(self.logins(region), self.database)
        return DataApi(
            Aws(region),
            self.database,
            cluster=self.cluster,
            workgroup=self.workgroup,
            db_user=self.user,
            secret=self.secret,
        )

    def logins(self, region: str) -> Logins:
        """Where user and password of a connection come from."""
        aws = Aws(region)
        if self.secret:
            return SecretLogins(aws, self.secret, self.endpoint)
        if self.workgroup:
            return WorkgroupLogins(aws, self.workgroup, self.database, self.endpoint)
        return ClusterLogins(aws, self.cluster, self.database, self.user, self.endpoint)


def named_redshift(settings: Settings) -> NamedRedshift:
    """What is set; EnvironmentSettingError if a setting is missing, or one contradicts another."""
    for one, other, remedy in _EXCLUSIVE:
        if settings.get(one) and settings.get(other):
            raise EnvironmentSettingError(f"{one} and {other} are both set; {remedy}")
    named = NamedRedshift(
        cluster=settings.get("SENIORLINK_REDSHIFT_CLUSTER"),
        workgroup=settings.get("SENIORLINK_REDSHIFT_WORKGROUP"),
        database=settings.need("SENIORLINK_REDSHIFT_DATABASE", _BY),
        copy_role=settings.need("SENIORLINK_REDSHIFT_COPY_ROLE", _BY),
        user=settings.get("SENIORLINK_REDSHIFT_USER"),
        secret=settings.get("SENIORLINK_REDSHIFT_SECRET"),
        endpoint=settings.get("SENIORLINK_REDSHIFT_ENDPOINT"),
        has_driver=settings.get("SENIORLINK_REDSHIFT_TRANSPORT", "driver") == "driver",
        vacuum=settings.get("SENIORLINK_REDSHIFT_VACUUM", "false") == "true",
    )
    if named.endpoint and not named.has_driver:
        raise EnvironmentSettingError(
            "SENIORLINK_REDSHIFT_ENDPOINT is set, but SENIORLINK_REDSHIFT_TRANSPORT is data-api, "
            "which connects nowhere; unset one of them"
        )
    return named


_EXCLUSIVE = (
    (
        "SENIORLINK_REDSHIFT_CLUSTER",
        "SENIORLINK_REDSHIFT_WORKGROUP",
        "unset the one that tables are not in",
    ),
    (
        "SENIORLINK_REDSHIFT_WORKGROUP",
        "SENIORLINK_REDSHIFT_USER",
        "unset the user, as a workgroup gives each who asks its own",
    ),
    (
        "SENIORLINK_REDSHIFT_SECRET",
        "SENIORLINK_REDSHIFT_USER",
        "unset the user, as the secret holds one",
    ),
)
"""Settings that contradict each other, and what to do."""
