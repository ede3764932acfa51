"""One row per note with a text: how it sounds, without a word of it."""

from datetime import timedelta

from seniorlink_assets.defs.care.daily_notes import daily_notes
from seniorlink_assets.satellite import satellite_on_ecs
from spark.contract import Column, in_range, keeps_rows_of, newest_within

note_sentiment = satellite_on_ecs(
    "care/note_sentiment",
    description=__doc__,
    columns=[
        Column("note_id", "bigint", "The note."),
        Column("caregiver_id", "bigint", "Who wrote it.", phi="identifier", subject=True),
        Column("noted_on", "date", "The day it is about, where the company works.", phi="date"),
        Column(
            "sentiment",
            "decimal(4,3)",
            "From -1 (every word of feeling is a hard one) to 1; 0 if there is none.",
            phi="clinical",
        ),
        Column("good_words", "smallint", "Words of good feeling.", phi="clinical"),
        Column("hard_words", "smallint", "Words of hard feeling.", phi="clinical"),
        Column("words", "smallint", "Words in all."),
    ],
    primary_key=["note_id"],
    partition_by="noted_on",
    distribute_by="caregiver_id",
    sort_by=["noted_on"],
    checks=[
        keeps_rows_of("daily_notes", drops=["no text"]),
        in_range("sentiment", -1, 1),
        newest_within(2),
    ],
    inputs=[daily_notes],
    owners=["team:care-data"],
    freshness=timedelta(hours=30),
    retries=2,
)
