"""Measure how long caregivers waited for an answer."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def response_times(messages: DataFrame) -> DataFrame:
    thread = Window.partitionBy("thread_id").orderBy("sent_at", "message_id")
    previous_sender = F.lag("sender_role").over(thread)
    # Only the first message of each turn is left, so the next row is the other side's answer.
    turns = (
        messages.withColumn("is_turn", ~previous_sender.eqNullSafe(F.col("sender_role")))
        .where("is_turn")
        .withColumn("answered_at", F.lead("sent_at").over(thread))
    )
    waited = (F.unix_seconds("answered_at") - F.unix_seconds("sent_at")) / 60
    return (
        turns.where("sender_role = 'caregiver'")
        .withColumn("week_starting_on", F.date_trunc("week", "sent_on").cast("date"))
        .withColumn("waited_minutes", waited)
        .groupBy("care_team_id", "week_starting_on")
        .agg(
            F.count_distinct("thread_id").alias("threads"),
            F.count("*").alias("questions"),
            F.count("answered_at").alias("answered"),
            F.percentile("waited_minutes", 0.5).alias("median_minutes"),
            F.percentile("waited_minutes", 0.9).alias("p90_minutes"),
        )
    )
