"""Keep the versions of a caregiver's record that changed the address, each until the next one."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from spark.lines import try_cast


def caregiver_addresses(caregivers: DataFrame) -> DataFrame:
    order = ("valid_from", "_source.day", "_source.file", "_source.line")
    versions = Window.partitionBy("caregiver_id").orderBy(*order)
    lasting = Window.partitionBy("caregiver_id", "is_replaced", "is_dated").orderBy(*order)
    kept = Window.partitionBy("caregiver_id", "_dropped", "is_dated").orderBy(*order)
    address = F.struct("street", "city", "state", "zip")
    return (
        caregivers.withColumn("valid_from", try_cast("updated_at", "timestamp"))
        .withColumn("is_dated", F.col("valid_from").isNotNull())
        .withColumn(
            "is_replaced",
            F.col("is_dated") & F.lead("valid_from").over(versions).eqNullSafe(F.col("valid_from")),
        )
        .withColumn("is_unchanged", F.lag(address).over(lasting).eqNullSafe(address))
        .withColumn(
            "_dropped",
            F.when(F.col("is_replaced"), "replaced at once").when(
                F.col("is_dated") & F.col("is_unchanged"), "address unchanged"
            ),
        )
        .withColumn("valid_to", F.lead("valid_from").over(kept))
        .select(
            "caregiver_id",
            "valid_from",
            "valid_to",
            "street",
            "city",
            "state",
            "zip",
            "_source",
            "_dropped",
        )
    )
