"""How engaged a caregiver was: one row per caregiver and ISO week in which anything happened.

A week begins on Monday. A caregiver of whom nothing was heard or sent in a week has no row for it.
"""

from seniorlink_assets.defs.engagement.caregiver_days import caregiver_days
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, newest_within, row_count_change_at_most

weekly_engagement = redshift_table(
    "engagement/weekly_engagement",
    description=__doc__,
    columns=[
        Column("caregiver_id", "bigint", "Whose week it is.", phi="identifier", subject=True),
        Column("week_starting_on", "date", "The week's Monday.", phi="date"),
        Column(
            "active_days",
            "integer",
            "Days with a note, a message from the caregiver or a visit; 0 to 7.",
        ),
        Column("notes", "integer", "Notes the caregiver wrote."),
        Column("messages_sent", "integer", "Messages from the caregiver to the care team."),
        Column("messages_received", "integer", "Messages from the care team to the caregiver."),
        Column("visits", "integer", "Visits of a nurse that took place."),
        Column(
            "mean_mood",
            "decimal(3,2)",
            "Mean of the days' moods, 1 (hard) to 5 (good); NULL if no day has one.",
            nullable=True,
            phi="clinical",
        ),
    ],
    primary_key=["caregiver_id", "week_starting_on"],
    distribute_by="caregiver_id",
    sort_by=["week_starting_on"],
    views={
        "reporting.engagement_by_week": """
            SELECT
                week_starting_on,
                count(*) AS caregivers,
                sum(notes) AS notes,
                sum(messages_sent + messages_received) AS messages,
                sum(visits) AS visits
            FROM engagement.weekly_engagement
            GROUP BY week_starting_on
        """,
    },
    readers=["role bi on schema reporting"],
    inputs=[caregiver_days],
    checks=[
        in_range("active_days", 0, 7),
        in_range("mean_mood", 1, 5),
        row_count_change_at_most(0.25),
        newest_within(9),
    ],
    owners=["team:engagement-analytics"],
)
