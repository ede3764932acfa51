"""Fingerprints: the same contract, code, inputs and partition give the same one."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.environments import spark_version
from spark.contract import SEMANTICS


def table_version(table: Declared) -> str:
    """Contract and code of a table: what Dagster calls its code version."""
    return _digest({"contract": table.contract.substance(), "code": table.code_version})


def fingerprint(
    version: str, partition: str, inputs: Mapping[str, Mapping[str, str]], spark: str
) -> str:
    """What one partition is made from: its table's version, and those of its inputs' partitions.

    `spark` is the version of the Spark that computes it, "" where none does.
    """
    return _digest(
        {
            "table": version,
            "inputs": {name: dict(versions) for name, versions in inputs.items()},
            "partition": partition,
            "spark": spark,
            "semantics": SEMANTICS,
        }
    )


def spark_of(table: Declared) -> str:
    """The version of the Spark that computes a table; "" for a satellite, which needs none."""
    return "" if table.satellite else _spark()


def made_from(
    table: Declared, inputs: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> Mapping[str, Mapping[str, str]]:
    """What the fingerprint of each partition is made of, as digests by name.

    `inputs` are the versions that each partition reads. Two of them compared say what has changed.
    """
    whole = {
        "contract": _digest(table.contract.substance()),
        "code": table.code_version,
        "spark": f"{spark_of(table)}/{SEMANTICS}",
    }
    return {
        partition: {
            **whole,
            **{f"input {table.inputs[name].key}": _digest(found) for name, found in read.items()},
        }
        for partition, read in inputs.items()
    }


@cache
def _spark() -> str:
    return spark_version()


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
