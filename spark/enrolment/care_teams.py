"""Keep the latest assignment of every caregiver."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.revisions import casts, is_superseded


def care_teams(care_teams: DataFrame, caregivers: DataFrame) -> DataFrame:
    enrolled = caregivers.select(
        F.col("caregiver_id").cast("string").alias("caregiver_id"),
        F.lit(True).alias("is_enrolled"),
    )
    fits = F.col("is_enrolled").isNotNull() & casts(care_team_id="bigint", assigned_at="timestamp")
    is_older = is_superseded(["caregiver_id"], by="assigned_at", among=fits)
    return care_teams.join(enrolled, "caregiver_id", "left").select(
        "caregiver_id",
        "care_team_id",
        F.col("name").alias("care_team_name"),
        "state",
        "assigned_at",
        "_source",
        F.when(F.col("is_enrolled").isNull(), "caregiver is not enrolled").alias("_rejected"),
        F.when(is_older, "older assignment").alias("_dropped"),
    )
