"""Keep the last revision of every note."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.revisions import casts, is_repeated, is_superseded


def daily_notes(notes: DataFrame) -> DataFrame:
    note = ("_source.day", "note_id")
    lines = notes.withColumn("is_repeated", is_repeated(notes, note))
    fits = (
        F.col("noted_on").eqNullSafe(F.col("_source.day"))
        & casts(note_id="bigint", revised_at="timestamp")
        & (F.col("mood").isNull() | casts(mood="smallint"))
    )
    is_older = is_superseded(note, by="revised_at", among=fits & ~F.col("is_repeated"))
    return lines.select(
        "note_id",
        "caregiver_id",
        "noted_on",
        "mood",
        "sleep_hours",
        "body",
        "revised_at",
        "_source",
        F.when(F.col("is_repeated"), "same line again")
        .when(is_older, "older revision")
        .alias("_dropped"),
    )
