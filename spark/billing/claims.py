"""Keep every claim to a known programme once."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.revisions import is_repeated


def claims(claims: DataFrame, programmes: DataFrame) -> DataFrame:
    claim = ("_source.day", "claim_id")
    known = programmes.select("programme_code", F.lit(True).alias("has_programme"))
    return (
        claims.withColumn("_dropped", F.when(is_repeated(claims, claim), "same line again"))
        .join(known, "programme_code", "left")
        .withColumn("_rejected", F.when(F.col("has_programme").isNull(), "programme is unknown"))
        .drop("has_programme")
    )
