"""Keep the latest version of every consumer's record."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.revisions import casts, is_superseded


def consumers(consumers: DataFrame) -> DataFrame:
    fits = casts(
        consumer_id="bigint", caregiver_id="bigint", birth_date="date", updated_at="timestamp"
    )
    is_older = is_superseded(["consumer_id"], by="updated_at", among=fits)
    return consumers.withColumn("_dropped", F.when(is_older, "older version"))
