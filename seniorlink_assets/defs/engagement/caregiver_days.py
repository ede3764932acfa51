"""What a caregiver did: one row per caregiver and day on which anything happened.

A day counts if the caregiver wrote a note or exchanged a message, or if a nurse's visit took place.
Cancelled visits are no activity.
"""

from datetime import timedelta

from seniorlink_assets.defs.care.daily_notes import daily_notes
from seniorlink_assets.defs.care.messages import messages
from seniorlink_assets.defs.clinical.visits import visits
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, newest_within, row_count_change_at_most

caregiver_days = redshift_table(
    "engagement/caregiver_days",
    description=__doc__,
    columns=[
        Column("caregiver_id", "bigint", "Whose day it is.", phi="identifier", subject=True),
        Column("day", "date", "The day, in New York.", phi="date"),
        Column("notes", "integer", "Notes the caregiver wrote about the day."),
        Column("messages_sent", "integer", "Messages from the caregiver to the care team."),
        Column("messages_received", "integer", "Messages from the care team to the caregiver."),
        Column("visits", "integer", "Visits of a nurse that took place."),
        Column(
            "mood",
            "smallint",
            "1 (hard day) to 5 (good day), from the day's last note that says it.",
            nullable=True,
            phi="clinical",
        ),
    ],
    primary_key=["caregiver_id", "day"],
    partition_by="day",
    distribute_by="caregiver_id",
    sort_by=["day"],
    inputs=[daily_notes, messages, visits],
    checks=[
        in_range("mood", 1, 5),
        row_count_change_at_most(0.2),
        newest_within(2),
    ],
    owners=["team:engagement-analytics"],
    freshness=timedelta(hours=30),
)
