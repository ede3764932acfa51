"""The company's days: one partition each, in the time zone it works in."""

import dagster as dg

ZONE = "America/New_York"
FIRST_DAY = "2025-01-01"

DAYS = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone=ZONE)
"""A day becomes a partition when it is over where the company works."""
