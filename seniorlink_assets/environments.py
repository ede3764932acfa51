"""The environment that the catalogue is bound to; the only reader of os.environ."""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from seniorlink_assets.buckets import Buckets
from seniorlink_assets.catalogue import Declared, Satellite
from seniorlink_assets.destination import Destination
from seniorlink_assets.lake import Lake
from seniorlink_assets.landed import Landed
from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.ledger import Ledger
from seniorlink_assets.settings import AWS, LAUNCHERS, EnvironmentSettingError, Settings
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.storage.disk import DiskStorage
from seniorlink_assets.warehouses.base import Warehouse
from spark.contract import Contract

if TYPE_CHECKING:
    from seniorlink_assets.launchers.pool import Pool

CHECKOUT = Path(__file__).parents[1]

_SPARK_NEEDS = 512
"""Megabytes; Spark does not start with less than 450."""

_MOST_HERE, _ELSEWHERE = 4, 20
"""Jobs at once, unless SENIORLINK_JOBS says otherwise."""

SATELLITES_HERE = "satellite-process"
"""The launcher of satellites on this machine."""

ON_THIS_MACHINE = ("local", "inline", "cluster")
"""Launchers whose jobs have their drivers on this machine."""


@cache
def satellites_here(service: Satellite) -> Launcher:
    """Where satellites run on this machine, whatever service they are declared for."""
    from seniorlink_assets.launchers.satellite_process import SatelliteProcess

    return SatelliteProcess()


@dataclass(frozen=True)
class Environment:
    """Where data lies and jobs run. Keys, schemas and partitions never depend on it.

    With `buckets`, lake and landing are there and not in the home.
    """

    home: Path
    launcher: Launcher
    warehouse: Warehouse
    extracts: Destination
    buckets: Buckets | None = None
    satellites: Callable[[Satellite], Launcher] = satellites_here

    @cached_property
    def storage(self) -> Storage:
        """Where the lake and the ledger are."""
        return self.buckets.lake if self.buckets else DiskStorage(self.home / "lake")

    @cached_property
    def papers(self) -> Storage:
        """Where the launcher's jobs have their papers."""
        return self.papers_of(self.launcher.name)

    def papers_of(self, launcher: str) -> Storage:
        """Where the jobs of the launcher that calls itself so have their papers."""
        is_here = launcher in (*ON_THIS_MACHINE, SATELLITES_HERE)
        return DiskStorage(self.home / "lake") if is_here else self.storage

    @cached_property
    def lake(self) -> Lake:
        return Lake(self.storage)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.storage)

    @cached_property
    def landed(self) -> Landed:
        if self.buckets:
            return Landed(self.buckets.landing)
        return Landed(DiskStorage(self.home), self.home / "lake" / "landed")

    def launcher_for(self, table: Declared) -> Launcher:
        """Where the jobs of a table run."""
        return self.satellites(table.satellite) if table.satellite else self.launcher

    def launcher_named(self, name: str) -> Launcher | None:
        """The launcher that calls itself so; None if it is one of another environment."""
        if self.launcher.name == name:
            return self.launcher
        with suppress(EnvironmentSettingError):
            for service in get_args(Satellite):
                if name in (service, SATELLITES_HERE):
                    found = self.satellites(service)
                    return found if found.name == name else None
        return None

    def destination(self, contract: Contract) -> Destination:
        return self.extracts if contract.kind == "extract" else self.warehouse


def environment(name: str | None = None) -> Environment:
    """The environment of this name, or of SENIORLINK_ENV, as the other settings describe it."""
    from seniorlink_assets.extracts.folder import ExtractFolder

    settings, home = settings_now(name), home_folder()
    is_aws = settings.get("SENIORLINK_ENV", "local") == "aws"
    buckets = buckets_of(settings) if is_aws else None
    return Environment(
        home=home,
        launcher=_launcher(settings, buckets),
        warehouse=_warehouse(settings, home, buckets),
        extracts=ExtractFolder(home / "extracts"),
        buckets=buckets,
        satellites=_satellites(settings, buckets),
    )


def settings_now(name: str | None = None) -> Settings:
    """What is set in the environment of this process, with that name instead of SENIORLINK_ENV."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    chosen = {"AWS_REGION": region, "SENIORLINK_ENV": name}
    return Settings({**os.environ, **{key: value for key, value in chosen.items() if value}})


def home_folder() -> Path:
    """SENIORLINK_HOME, by default .seniorlink in the checkout."""
    return Path(os.environ.get("SENIORLINK_HOME") or CHECKOUT / ".seniorlink").absolute()


def dagster_variables() -> Mapping[str, str]:
    """What makes Dagster keep its state in this home; a DAGSTER_HOME that is set wins."""
    home = home_folder()
    return {
        "SENIORLINK_HOME": str(home),
        "DAGSTER_HOME": os.environ.get("DAGSTER_HOME") or str(home / "dagster"),
        "DAGSTER_EVENT_BATCH_SIZE": os.environ.get("DAGSTER_EVENT_BATCH_SIZE") or "1000",
    }


def java_home() -> str | None:
    """JAVA_HOME, if somebody set it."""
    return os.environ.get("JAVA_HOME") or None


def spark_version() -> str:
    """SENIORLINK_SPARK: the Spark that jobs run on; by default the one that is installed here."""
    return settings_now().get("SENIORLINK_SPARK") or metadata.version("pyspark")


def jobs_at_once(name: str | None = None) -> int:
    """SENIORLINK_JOBS: how many Spark jobs a run has at once; on this machine one per core."""
    settings = settings_now(name)
    here = min(os.cpu_count() or 1, _MOST_HERE)
    return settings.number("SENIORLINK_JOBS", here if jobs_are_here(settings) else _ELSEWHERE)


def jobs_are_here(settings: Settings) -> bool:
    """Whether the drivers of Spark jobs are processes of this machine."""
    return launcher_name(settings) in ON_THIS_MACHINE


def launcher_name(settings: Settings) -> str:
    """SENIORLINK_LAUNCHER, or what the environment has instead of one that is named."""
    names = LAUNCHERS[settings.get("SENIORLINK_ENV", "local")]
    name = settings.get("SENIORLINK_LAUNCHER", names[0])
    if name not in names:
        elsewhere = [where for where, known in LAUNCHERS.items() if name in known]
        remedy = f", or set SENIORLINK_ENV={elsewhere[0]}" if elsewhere else ""
        raise EnvironmentSettingError(
            f"SENIORLINK_LAUNCHER is {name!r}; use {', '.join(names[:-1])} or {names[-1]}{remedy}"
        )
    return name


def is_in_redshift(settings: Settings) -> bool:
    """Whether tables are in Redshift, and not in DuckDB."""
    names = ("SENIORLINK_REDSHIFT_CLUSTER", "SENIORLINK_REDSHIFT_WORKGROUP")
    return any(settings.get(name) for name in names)


def check_settings(name: str | None = None) -> None:
    """EnvironmentSettingError now, not when a process far below reads them."""
    environment(name)
    jobs_at_once(name)


def process_environment() -> Mapping[str, str]:
    """What a child process inherits."""
    return dict(os.environ)


def buckets_of(settings: Settings) -> Buckets:
    """The buckets of the environment `aws`."""
    region, lake = settings.need("AWS_REGION", AWS), settings.need("SENIORLINK_LAKE", AWS)
    key = settings.get("SENIORLINK_KMS_KEY")
    if key and key.split(":")[3] != region:
        raise EnvironmentSettingError(
            f"SENIORLINK_KMS_KEY is a key of {key.split(':')[3]}, but AWS_REGION is {region}; "
            "use a key of that region"
        )
    return Buckets(
        lake_url=lake.rstrip("/"),
        landing_url=settings.get("SENIORLINK_LANDING", lake).rstrip("/"),
        region=region,
        logs_url=settings.get("SENIORLINK_LOGS", f"{lake.rstrip('/')}/logs").rstrip("/"),
        kms_key=key,
    )


def _launcher(settings: Settings, buckets: Buckets | None) -> Launcher:
    name = launcher_name(settings)
    if name == "local":
        from seniorlink_assets.launchers.local import LocalLauncher

        cores = settings.number("SENIORLINK_JOB_CORES", 2)
        return LocalLauncher(_memory(settings), cores, _pool(settings))
    if name == "inline":
        from seniorlink_assets.launchers.inline import InlineLauncher

        return InlineLauncher(_memory(settings))
    if name == "cluster":
        from seniorlink_assets.launchers.cluster import ClusterLauncher

        return ClusterLauncher(
            master=settings.need("SENIORLINK_SPARK_MASTER", "SENIORLINK_LAUNCHER=cluster"),
            memory=_memory(settings),
            cores=settings.number("SENIORLINK_JOB_CORES", 2),
            hadoop_conf=settings.get("HADOOP_CONF_DIR") or None,
            page=settings.get("SENIORLINK_SPARK_MASTER_PAGE") or None,
        )
    from seniorlink_assets.launchers.emr import emr_launcher

    return emr_launcher(settings, name, home_folder(), buckets or buckets_of(settings))


def _satellites(settings: Settings, buckets: Buckets | None) -> Callable[[Satellite], Launcher]:
    if buckets is None or jobs_are_here(settings):
        return satellites_here
    from seniorlink_assets.launchers.satellite_services import service_launcher

    return partial(service_launcher, settings, buckets, home_folder())


def _warehouse(settings: Settings, home: Path, buckets: Buckets | None) -> Warehouse:
    if not is_in_redshift(settings):
        from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse

        return DuckDBWarehouse(home / "warehouse.duckdb")
    if buckets is None:
        raise EnvironmentSettingError(
            "SENIORLINK_REDSHIFT_CLUSTER or SENIORLINK_REDSHIFT_WORKGROUP is set, but "
            "SENIORLINK_ENV is local, and Redshift loads from S3 alone; set SENIORLINK_ENV=aws, "
            "or unset it"
        )
    from seniorlink_assets.warehouses.redshift.named import named_redshift

    return named_redshift(settings).warehouse(buckets, home)


def _memory(settings: Settings) -> str:
    memory = settings.get("SENIORLINK_JOB_MEMORY", "1g")
    megabytes = {"m": 1, "g": 1024}.get(memory[-1:], 0)
    if not re.fullmatch("[0-9]+", memory[:-1]) or int(memory[:-1]) * megabytes < _SPARK_NEEDS:
        raise EnvironmentSettingError(
            f"SENIORLINK_JOB_MEMORY is {memory!r}; write a number of megabytes or gigabytes, "
            f"at least {_SPARK_NEEDS}m: 1g"
        )
    return memory


def _pool(settings: Settings) -> "Pool | None":
    if settings.get("SENIORLINK_ISOLATION", "warm") == "fresh":
        return None
    from seniorlink_assets.launchers.pool import Pool

    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 21
    return Pool(home_folder() / "jvms", megabytes=half)
