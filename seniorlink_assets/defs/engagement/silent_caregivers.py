"""Who has gone quiet: one row per caregiver of whom nothing came for 7 days or more.

Silence is counted to the newest day of the data, from the last day with a note, a message from the
caregiver or a visit. Who was never active counts from the assignment to the care team; who has no
team either is listed at once.
"""

from seniorlink_assets.defs.engagement.caregiver_days import caregiver_days
from seniorlink_assets.defs.enrolment.care_teams import care_teams
from seniorlink_assets.defs.enrolment.caregivers import caregivers
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, mostly_present

silent_caregivers = redshift_table(
    "engagement/silent_caregivers",
    description=__doc__,
    columns=[
        Column("caregiver_id", "bigint", "Who is silent.", phi="identifier", subject=True),
        Column("state", "varchar(2)", "Where the caregiver lives, two letters."),
        Column(
            "care_team_id",
            "bigint",
            "The care team that should call; NULL if there is none.",
            nullable=True,
        ),
        Column("care_team_name", "varchar(100)", "The care team's name.", nullable=True),
        Column(
            "last_active_on",
            "date",
            "The last day the caregiver was active; NULL if there never was one.",
            nullable=True,
            phi="date",
        ),
        Column(
            "silent_days",
            "integer",
            "Days from then to the newest day of the data; NULL if never active nor assigned.",
            nullable=True,
        ),
    ],
    primary_key=["caregiver_id"],
    distribute_by="caregiver_id",
    sort_by=["last_active_on"],
    inputs=[caregiver_days, caregivers, care_teams],
    checks=[
        in_range("silent_days", minimum=7),
        mostly_present("care_team_id", 0.95),
    ],
    owners=["team:engagement-analytics"],
)
