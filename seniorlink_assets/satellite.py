"""satellite_on_lambda(), _on_ecs(), _on_ec2(): tables that a small job computes without Spark."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

import dagster as dg

from seniorlink_assets.catalogue import Satellite
from seniorlink_assets.declaration import Input, declare
from seniorlink_assets.redshift import grain_of
from spark.contract import Check, Column


def satellite_on(
    service: Satellite,
    key: str,
    *,
    description: str | None,
    columns: Sequence[Column],
    primary_key: Sequence[str],
    inputs: Sequence[Input],
    owners: Sequence[str],
    partition_by: str | None = None,
    distribute_by: str | None = None,
    sort_by: Sequence[str] = (),
    checks: Sequence[Check] = (),
    freshness: timedelta | None = None,
    timeout: timedelta | None = None,
    retries: int = 0,
    automation: dg.AutomationCondition | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.AssetsDefinition:
    """The table `schema/table`, computed by the Python function in `spark/schema/table.py`.

    The function gets its inputs by name, each an iterable of rows as dicts: the values of a table
    in Python's types, or the text of a landing set's fields with `_source`. It yields dicts with
    the columns, and in `_rejected` or `_dropped` the reason why a row is none. Everything else is
    as for redshift_table(); on a laptop the same script runs as a process.
    """
    return declare(
        {
            "key": key,
            "kind": "table",
            "grain": grain_of(description),
            "columns": tuple(columns),
            "primary_key": tuple(primary_key),
            "checks": tuple(checks),
            "partition_by": partition_by,
            "distribute_by": distribute_by,
            "sort_by": tuple(sort_by),
        },
        inputs=inputs,
        spark_conf={},
        freshness=freshness,
        timeout=timeout,
        retries=retries,
        automation=automation,
        kinds={"redshift"},
        description=description or "",
        owners=owners,
        tags=tags or {},
        satellite=service,
    )


satellite_on_ecs = partial(satellite_on, "ecs")
"""A task of ECS, for as long as it takes."""

satellite_on_ec2 = partial(satellite_on, "ec2")
"""A command that Systems Manager runs on an instance of EC2."""

satellite_on_lambda = partial(satellite_on, "lambda")
"""An invocation of a Lambda function, which takes at most 15 minutes."""
