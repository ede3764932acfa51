"""The day of a moment where the company works, which is rarely the day in UTC all evening."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from spark.lines import try_cast

ZONE = "America/New_York"


def business_day(moment: str) -> Column:
    """The New York day of a timestamp column, or of text that is one; NULL if it is none."""
    return F.to_date(F.from_utc_timestamp(try_cast(moment, "timestamp"), ZONE))
