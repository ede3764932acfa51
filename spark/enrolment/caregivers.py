"""Keep the latest version of every caregiver's record."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.revisions import casts, is_superseded


def caregivers(caregivers: DataFrame) -> DataFrame:
    fits = casts(caregiver_id="bigint", birth_date="date", updated_at="timestamp")
    is_older = is_superseded(["caregiver_id"], by="updated_at", among=fits)
    return caregivers.drop("street").withColumn("_dropped", F.when(is_older, "older version"))
