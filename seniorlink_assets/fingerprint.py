"""Fingerprints: the same contract, code, inputs and partition give the same one."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from seniorlink_assets.catalogue import Declared
from spark.contract import SEMANTICS


def table_version(table: Declared) -> str:
    """Contract and code of a table: what Dagster calls its code version."""
    return _digest({"contract": table.contract.substance(), "code": table.code_version})


def fingerprint(table: Declared, partition: str, inputs: Mapping[str, Mapping[str, str]]) -> str:
    """The version of one partition, given the versions of its inputs' partitions."""
    return _digest(
        {
            "table": table_version(table),
            "inputs": {name: dict(versions) for name, versions in inputs.items()},
            "partition": partition,
            "spark": version("pyspark"),
            "semantics": SEMANTICS,
        }
    )


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
