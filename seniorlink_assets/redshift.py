"""redshift_table(): one declaration becomes one table, its DDL, casts, checks and documentation."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import dagster as dg

from seniorlink_assets.catalogue import Satellite
from seniorlink_assets.declaration import Input, declare
from spark.contract import Check, Column, Distribution


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
    distribute: Distribution = "auto",
    sort_by: Sequence[str] = (),
    interleaved: bool = False,
    readers: Sequence[str] = (),
    views: Mapping[str, str] | None = None,
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

    Redshift distributes rows by the column `distribute_by`, or as `distribute` says where there is
    none. Every release makes the `views` anew, SELECTs by schema.name, and lets `readers` read:
    "role bi" the table and its views, "role bi on schema reporting" all that is or will be in that
    schema.
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
            "distribute": distribute,
            "interleaved": interleaved,
            "readers": tuple(readers),
            "views": dict(views or {}),
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
