"""Keep the latest version of every enrolment of a known consumer in a known programme."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.revisions import casts, is_superseded


def enrolments(enrolments: DataFrame, programmes: DataFrame, consumers: DataFrame) -> DataFrame:
    known_programmes = programmes.select("programme_code", F.lit(True).alias("has_programme"))
    known_consumers = consumers.select(
        F.col("consumer_id").cast("string").alias("consumer_id"),
        F.lit(True).alias("has_consumer"),
    )
    unknown = F.when(F.col("has_programme").isNull(), "programme is unknown").when(
        F.col("has_consumer").isNull(), "consumer is unknown"
    )
    fits = F.col("_rejected").isNull() & casts(
        enrolment_id="bigint", started_on="date", level="smallint", updated_at="timestamp"
    )
    is_older = is_superseded(["enrolment_id"], by="updated_at", among=fits)
    return (
        enrolments.join(known_programmes, "programme_code", "left")
        .join(known_consumers, "consumer_id", "left")
        .withColumn("_rejected", unknown)
        .withColumn("_dropped", F.when(is_older, "older version"))
        .drop("has_programme", "has_consumer")
    )
