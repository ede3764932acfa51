"""Engagement for the dashboards: one row per caregiver and ISO week in which anything happened.

The care team and the area are those of today, the age is that of the week.
"""

from datetime import timedelta

from seniorlink_assets.defs.engagement.weekly_engagement import weekly_engagement
from seniorlink_assets.defs.enrolment.care_teams import care_teams
from seniorlink_assets.defs.enrolment.caregivers import caregivers
from seniorlink_assets.tableau import tableau_extract
from spark.contract import Column, in_range, mostly_present, row_count_change_at_most

caregiver_engagement = tableau_extract(
    "tableau/caregiver_engagement",
    description=__doc__,
    columns=[
        Column("caregiver_id", "bigint", "Whose week it is.", phi="identifier", subject=True),
        Column("week_starting_on", "date", "The week's Monday.", phi="date"),
        Column("state", "varchar(2)", "Where the caregiver lives.", nullable=True),
        Column(
            "zip3",
            "varchar(3)",
            "First three digits of the zip code, 000 where fewer than 20,000 people live.",
            nullable=True,
            phi="geo",
        ),
        Column("age_band", "varchar(16)", "under 20, 20-29 and so on, 90 and over.", nullable=True),
        Column("care_team_id", "bigint", "The care team.", nullable=True),
        Column("care_team_name", "varchar(100)", "Its name.", nullable=True),
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
    inputs=[weekly_engagement, caregivers, care_teams],
    checks=[
        in_range("active_days", 0, 7),
        mostly_present("age_band", 0.95),
        mostly_present("care_team_id", 0.95),
        row_count_change_at_most(0.25),
    ],
    owners=["team:engagement-analytics"],
    freshness=timedelta(hours=36),
)
