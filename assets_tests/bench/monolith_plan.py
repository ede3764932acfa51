"""Write down what the monolith needs to know, so that it starts without Dagster.

`python -m assets_tests.bench.monolith_plan PLAN LANDING_BYTES`
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from seniorlink_assets.catalogue import Declared, tables
from seniorlink_assets.definitions import definitions
from seniorlink_assets.environments import environment
from seniorlink_assets.launchers.java import java
from spark.contract import LandingSet
from spark.contract.job import Job

HEAP = "2g"

_LONG_LIVED = 1 << 30
"""Bytes of input for which a job certainly gets both compilers of the JVM."""


def plan(landing_bytes: int) -> dict[str, Any]:
    """The tables in an order that works, and the JVM that a fresh job of the same bytes gets."""
    definitions()  # declares the tables
    ordered = _in_order({table.key: table for table in tables()})
    runtime = java()
    return {
        "jvm": _prepared(ordered[0], _LONG_LIVED).to_json(),
        "conf": dict(_prepared(ordered[0], landing_bytes).spark_conf),
        "variables": {
            name: value
            for name, value in runtime.environment.items()
            if os.environ.get(name) != value
        },
        "tables": [
            {
                "contract": table.contract.to_json(),
                "inputs": {
                    name: {"landing": given.to_json()}
                    if isinstance(given, LandingSet)
                    else {"table": given.contract.to_json()}
                    for name, given in table.inputs.items()
                },
                "conf": dict(table.spark_conf),
                "satellite": table.satellite is not None,
            }
            for table in ordered
        ],
    }


def _prepared(table: Declared, landing_bytes: int) -> Job:
    job = Job(
        attempt="bench",
        contract=table.contract,
        code_version=table.code_version,
        lake="",
        data="",
        fingerprints={},
        manifests={},
        inputs={},
        spark_conf={"spark.driver.memory": HEAP},
    )
    return environment().launcher.prepare(job, landing_bytes)


def _in_order(waiting: dict[str, Declared]) -> list[Declared]:
    """Every table after those it reads."""
    ordered: dict[str, Declared] = {}
    while waiting:
        ready = [
            table
            for table in waiting.values()
            if all(given.key not in waiting for given in table.inputs.values())
        ]
        for table in sorted(ready, key=lambda table: table.key):
            ordered[table.key] = waiting.pop(table.key)
    return list(ordered.values())


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(plan(int(sys.argv[2]))), encoding="utf-8")
