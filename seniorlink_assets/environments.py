"""The environment that the catalogue is bound to; the only reader of os.environ."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from seniorlink_assets.destination import Destination
from seniorlink_assets.lake import Lake
from seniorlink_assets.landed import Landed
from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.ledger import Ledger
from seniorlink_assets.sentence import SentenceError
from seniorlink_assets.warehouses.base import Warehouse
from spark.contract import Contract

if TYPE_CHECKING:
    from seniorlink_assets.launchers.pool import Pool

CHECKOUT = Path(__file__).parents[1]

_SPARK_NEEDS = 512
"""Megabytes; Spark does not start with less than 450."""


class EnvironmentSettingError(SentenceError):
    """A setting that is wrong: names it and says what it may be."""


@dataclass(frozen=True)
class Environment:
    """Where data lies and jobs run. Keys, schemas and partitions never depend on it."""

    home: Path
    launcher: Launcher
    warehouse: Warehouse
    extracts: Destination

    @cached_property
    def lake(self) -> Lake:
        return Lake(self.home / "lake")

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.home / "lake")

    @cached_property
    def landed(self) -> Landed:
        return Landed(self.home, self.home / "lake" / "landed")

    def destination(self, contract: Contract) -> Destination:
        return self.extracts if contract.kind == "extract" else self.warehouse


def environment() -> Environment:
    """The environment that the variables SENIORLINK_... describe: by default, this machine."""
    from seniorlink_assets.extracts.folder import ExtractFolder
    from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse

    home = home_folder()
    return Environment(
        home=home,
        launcher=_launcher(),
        warehouse=DuckDBWarehouse(home / "warehouse.duckdb"),
        extracts=ExtractFolder(home / "extracts"),
    )


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


def jobs_at_once() -> int:
    """SENIORLINK_JOBS: how many Spark jobs a run has at once; by default one per core, up to 4."""
    return _number("SENIORLINK_JOBS", min(os.cpu_count() or 1, 4))


def check_settings() -> None:
    """EnvironmentSettingError now, not when a process far below reads them."""
    environment()
    jobs_at_once()


def process_environment() -> Mapping[str, str]:
    """What a child process inherits."""
    return dict(os.environ)


def _launcher() -> Launcher:
    name = os.environ.get("SENIORLINK_LAUNCHER", "local")
    memory = os.environ.get("SENIORLINK_JOB_MEMORY", "1g")
    megabytes = {"m": 1, "g": 1024}.get(memory[-1:], 0)
    if not re.fullmatch("[0-9]+", memory[:-1]) or int(memory[:-1]) * megabytes < _SPARK_NEEDS:
        raise EnvironmentSettingError(
            f"SENIORLINK_JOB_MEMORY is {memory!r}; write a number of megabytes or gigabytes, "
            f"at least {_SPARK_NEEDS}m: 1g"
        )
    if name == "local":
        from seniorlink_assets.launchers.local import LocalLauncher

        return LocalLauncher(memory, _number("SENIORLINK_JOB_CORES", 2), _pool())
    if name == "inline":
        from seniorlink_assets.launchers.inline import InlineLauncher

        return InlineLauncher(memory)
    raise EnvironmentSettingError(f"SENIORLINK_LAUNCHER is {name!r}; use local or inline")


def _pool() -> "Pool | None":
    isolation = os.environ.get("SENIORLINK_ISOLATION", "warm")
    if isolation not in ("warm", "fresh"):
        raise EnvironmentSettingError(f"SENIORLINK_ISOLATION is {isolation!r}; use warm or fresh")
    if isolation == "fresh":
        return None
    from seniorlink_assets.launchers.pool import Pool

    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 21
    return Pool(home_folder() / "jvms", megabytes=half)


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdigit() or int(text) < 1:
        raise EnvironmentSettingError(f"{name} is {text!r}; write a number of at least 1")
    return int(text)
