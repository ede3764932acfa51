"""The days that can be computed: from the first to the last that has landed and is over."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg

from seniorlink_assets.calendar import DAYS, FIRST_DAY, ZONE
from seniorlink_assets.landed import Landed


def finished_days(landed: Landed) -> Sequence[str]:
    """None is left out between them: one on which nothing landed is a day to ask about."""
    today = datetime.now(ZoneInfo(ZONE)).date().isoformat()
    finished = [day for day in landed.every_day() if FIRST_DAY <= day < today]
    if not finished:
        return []
    ends = dg.PartitionKeyRange(min(finished), max(finished))
    return DAYS.get_partition_keys_in_range(ends)
