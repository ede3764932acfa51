"""What has been declared: every table, extract and landing set by its key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import dagster as dg

from spark.contract import Contract, LandingSet

Satellite = Literal["lambda", "ecs", "ec2"]
"""A service where small jobs run without Spark."""


@dataclass(frozen=True)
class Declared:
    """A table or extract with all it takes to compute it.

    `root` is the checkout that holds the job; `inputs` are named as the job's parameters; `timeout`
    is how long one job of it may take; `satellite` is the service that runs it without Spark.
    """

    contract: Contract
    inputs: Mapping[str, "Declared | LandingSet"]
    root: Path
    job: Path
    code_version: str
    spark_conf: Mapping[str, str]
    timeout: timedelta | None = None
    satellite: Satellite | None = None

    @property
    def key(self) -> str:
        return self.contract.key

    @property
    def asset_key(self) -> dg.AssetKey:
        return dg.AssetKey.from_user_string(self.contract.key)


_by_key: dict[str, Declared | LandingSet] = {}


def remember(declared: Declared | LandingSet) -> None:
    """Makes `declared` known to those that name it as an input."""
    _by_key[declared.key] = declared


def known(key: str) -> Declared | LandingSet | None:
    return _by_key.get(key)


def tables() -> Iterator[Declared]:
    """Every table and extract declared in this process."""
    return (given for given in _by_key.values() if isinstance(given, Declared))
