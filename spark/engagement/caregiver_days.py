"""Count what a caregiver did and was sent on one day."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def caregiver_days(daily_notes: DataFrame, messages: DataFrame, visits: DataFrame) -> DataFrame:
    written = daily_notes.select(
        "caregiver_id",
        F.col("noted_on").alias("day"),
        F.lit("note").alias("event"),
        "mood",
        F.when(F.col("mood").isNotNull(), F.struct("revised_at", "note_id")).alias("mood_order"),
    )
    exchanged = messages.select(
        "caregiver_id",
        F.col("sent_on").alias("day"),
        F.when(F.col("sender_role") == "caregiver", "message_sent")
        .otherwise("message_received")
        .alias("event"),
    )
    made = visits.where("outcome = 'done'").select(
        "caregiver_id", F.col("visited_on").alias("day"), F.lit("visit").alias("event")
    )
    return (
        written.unionByName(exchanged, allowMissingColumns=True)
        .unionByName(made, allowMissingColumns=True)
        .groupBy("caregiver_id", "day")
        .agg(
            F.count_if(F.col("event") == "note").alias("notes"),
            F.count_if(F.col("event") == "message_sent").alias("messages_sent"),
            F.count_if(F.col("event") == "message_received").alias("messages_received"),
            F.count_if(F.col("event") == "visit").alias("visits"),
            F.max_by("mood", "mood_order").alias("mood"),
        )
    )
