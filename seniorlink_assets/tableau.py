"""tableau_extract(): one declaration becomes one .hyper file, built whole and replaced at once."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import dagster as dg

from seniorlink_assets.declaration import Input, declare
from seniorlink_assets.redshift import grain_of
from spark.contract import Check, Column


def tableau_extract(
    key: str,
    *,
    description: str | None,
    columns: Sequence[Column],
    primary_key: Sequence[str],
    inputs: Sequence[Input],
    owners: Sequence[str],
    checks: Sequence[Check] = (),
    freshness: timedelta | None = None,
    timeout: timedelta | None = None,
    retries: int = 0,
    automation: dg.AutomationCondition | None = None,
    spark_conf: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.AssetsDefinition:
    """The extract `tableau/name`, computed by `spark/tableau/name.py` (or `.sql`) from `inputs`."""
    return declare(
        {
            "key": key,
            "kind": "extract",
            "grain": grain_of(description),
            "columns": tuple(columns),
            "primary_key": tuple(primary_key),
            "checks": tuple(checks),
        },
        inputs=inputs,
        spark_conf=spark_conf or {},
        freshness=freshness,
        timeout=timeout,
        retries=retries,
        automation=automation,
        kinds={"tableau"},
        description=description or "",
        owners=owners,
        tags=tags or {},
    )
