"""landing_set(): the files a source system sends of one thing, as an asset that others read."""

from collections.abc import Sequence
from typing import Literal

import dagster as dg

from seniorlink_assets.calendar import DAYS
from seniorlink_assets.catalogue import remember
from spark.contract import LandingColumn, LandingSet


def landing_set(
    key: str,
    *,
    description: str,
    format: Literal["csv", "jsonl"],
    columns: Sequence[LandingColumn],
    owners: Sequence[str],
) -> dg.AssetSpec:
    """The set `<system>/<set>`, whose days lie in `landing/<system>/<set>/<day>/`.

    A file that lacks a column that is not optional, or has one that is not declared, fails the
    assets that read it.
    """
    landing = LandingSet(f"landing/{key}", format, tuple(columns))
    remember(landing)
    return dg.AssetSpec(
        dg.AssetKey.from_user_string(landing.key),
        description=description,
        group_name="landing",
        kinds={format},
        owners=owners,
        partitions_def=DAYS,
        metadata={
            "dagster/column_schema": dg.TableSchema(
                [
                    dg.TableColumn(
                        column.name,
                        "text",
                        column.meaning,
                        tags={"phi": column.phi} if column.phi else None,
                    )
                    for column in columns
                ]
            )
        },
    )
