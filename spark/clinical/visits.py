"""Give every visit its New York day."""

from pyspark.sql import DataFrame

from spark.business_day import business_day


def visits(visits: DataFrame) -> DataFrame:
    return visits.withColumn("visited_on", business_day("visited_at"))
