"""Show weekly engagement by team, area and age, without saying who a caregiver is."""

from pyspark.sql import DataFrame

from spark.deidentified import age_band, zip3


def caregiver_engagement(
    weekly_engagement: DataFrame, caregivers: DataFrame, care_teams: DataFrame
) -> DataFrame:
    people = caregivers.select("caregiver_id", "state", "birth_date", zip3("zip").alias("zip3"))
    teams = care_teams.select("caregiver_id", "care_team_id", "care_team_name")
    return (
        weekly_engagement.join(people, "caregiver_id", "left")
        .join(teams, "caregiver_id", "left")
        .withColumn("age_band", age_band("birth_date", "week_starting_on"))
        .drop("birth_date")
    )
