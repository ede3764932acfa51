"""One row per note, its last revision: how a caregiver said the day went."""

from datetime import timedelta

from seniorlink_assets.defs.landing.caregiver_app import notes
from seniorlink_assets.redshift import redshift_table
from spark.contract import (
    Column,
    in_range,
    keeps_rows_of,
    mostly_present,
    newest_within,
    rejects_at_most,
)

daily_notes = redshift_table(
    "care/daily_notes",
    description=__doc__,
    columns=[
        Column("note_id", "bigint", "The note, through all its revisions."),
        Column("caregiver_id", "bigint", "Who wrote it.", phi="identifier", subject=True),
        Column("noted_on", "date", "The day it is about, where the company works.", phi="date"),
        Column("mood", "smallint", "1 (hard day) to 5 (good day).", nullable=True, phi="clinical"),
        Column(
            "sleep_hours",
            "decimal(3,1)",
            "Hours slept the night before; older apps did not ask.",
            nullable=True,
            phi="clinical",
        ),
        Column(
            "body", "varchar(2000)", "What the caregiver wrote.", nullable=True, phi="free_text"
        ),
        Column("revised_at", "timestamp", "When the kept revision was filed, in UTC.", phi="date"),
    ],
    primary_key=["note_id"],
    partition_by="noted_on",
    distribute_by="caregiver_id",
    sort_by=["noted_on"],
    checks=[
        keeps_rows_of("notes", drops=["same line again", "older revision"]),
        in_range("mood", 1, 5),
        in_range("sleep_hours", 0, 24),
        mostly_present("mood", 0.75),
        rejects_at_most(0.1),
        newest_within(2),
    ],
    inputs=[notes],
    owners=["team:care-data"],
    freshness=timedelta(hours=30),
)
