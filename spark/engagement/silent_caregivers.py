"""Find the caregivers from whom nothing has come for a week."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.business_day import business_day

SILENT_DAYS = 7


def silent_caregivers(
    caregiver_days: DataFrame, caregivers: DataFrame, care_teams: DataFrame
) -> DataFrame:
    newest = caregiver_days.agg(F.max("day").alias("newest_on")).where("newest_on IS NOT NULL")
    last_active = (
        caregiver_days.where("notes + messages_sent + visits > 0")
        .groupBy("caregiver_id")
        .agg(F.max("day").alias("last_active_on"))
    )
    teams = care_teams.select(
        "caregiver_id",
        "care_team_id",
        "care_team_name",
        business_day("assigned_at").alias("assigned_on"),
    )
    known_since = F.coalesce("last_active_on", "assigned_on")
    return (
        caregivers.select("caregiver_id", "state")
        .join(last_active, "caregiver_id", "left")
        .join(teams, "caregiver_id", "left")
        .crossJoin(newest)
        .withColumn("silent_days", F.date_diff("newest_on", known_since))
        .where(F.col("silent_days").isNull() | (F.col("silent_days") >= SILENT_DAYS))
        .drop("assigned_on", "newest_on")
    )
