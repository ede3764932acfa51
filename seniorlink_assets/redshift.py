"""redshift_table(): one declaration becomes one table, its DDL, casts, checks and documentation."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import dagster as dg

from seniorlink_assets.catalogue import Satellite
from seniorlink_assets.declaration import Input, declare
from spark.contract import Check, Column


def redshift_table(
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
    spark_conf: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    satellite: Satellite | None = None,
) -> dg.AssetsDefinition:
    """The table `schema/table`, computed by `spark/schema/table.py` (or `.sql`) from `inputs`.

    The description begins with the grain. `partition_by` names the date column whose days are its
    partitions; each day is then computed from the same day of partitioned inputs. Without
    `automation` a table that reads other tables is brought up to date when they change. A job that
    takes longer than `timeout` is ended. One that was killed, or lost its machine or its JVM, is
    tried again up to `retries` times; what is wrong in code or data is not. With `satellite` that
    service runs the job without Spark: see seniorlink_assets.satellite.
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
        spark_conf=spark_conf or {},
        freshness=freshness,
        timeout=timeout,
        retries=retries,
        automation=automation,
        kinds={"redshift"},
        description=description or "",
        owners=owners,
        tags=tags or {},
        satellite=satellite,
    )


def grain_of(description: str | None) -> str:
    """The first line of a description."""
    return (description or "").strip().split("\n")[0]
