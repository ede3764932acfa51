"""Show how scores changed by diagnosis, area and age, without saying who a consumer is."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.business_day import business_day
from spark.deidentified import age_band, zip3


def consumer_outcomes(assessment_changes: DataFrame, consumers: DataFrame) -> DataFrame:
    people = consumers.select(
        "consumer_id",
        "sex",
        "birth_date",
        F.substring_index("diagnosis_code", ".", 1).alias("diagnosis_group"),
        zip3("zip").alias("zip3"),
    )
    return (
        assessment_changes.join(people, "consumer_id", "left")
        .withColumn("last_assessed_on", business_day("last_assessed_at"))
        .withColumn("age_band", age_band("birth_date", "last_assessed_on"))
        .drop("birth_date", "first_assessed_at", "last_assessed_at")
    )
