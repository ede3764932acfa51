"""Set a consumer's newest score on a form against the first one."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def assessment_changes(assessments: DataFrame) -> DataFrame:
    order = F.struct("assessed_at", "assessment_id")
    return (
        assessments.groupBy("consumer_id", "form")
        .agg(
            F.count("*").alias("assessments"),
            F.min("assessed_at").alias("first_assessed_at"),
            F.min_by("total_score", order).alias("first_score"),
            F.max("assessed_at").alias("last_assessed_at"),
            F.max_by("total_score", order).alias("last_score"),
        )
        .withColumn("score_change", F.col("last_score") - F.col("first_score"))
    )
