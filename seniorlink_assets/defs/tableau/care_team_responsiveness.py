"""Waiting times for the dashboards: one row per care team and ISO week of the question."""

from seniorlink_assets.defs.engagement.response_times import response_times
from seniorlink_assets.defs.enrolment.care_teams import care_teams
from seniorlink_assets.tableau import tableau_extract
from spark.contract import Column, in_range, mostly_present

care_team_responsiveness = tableau_extract(
    "tableau/care_team_responsiveness",
    description=__doc__,
    columns=[
        Column("care_team_id", "bigint", "The care team that was asked."),
        Column(
            "care_team_name", "varchar(100)", "Its name; NULL if it has nobody now.", nullable=True
        ),
        Column("state", "varchar(2)", "Where it works; NULL if it has nobody now.", nullable=True),
        Column("caregivers", "integer", "Caregivers it has now."),
        Column("week_starting_on", "date", "The Monday of the week in which it was asked."),
        Column("threads", "integer", "Threads in which caregivers asked."),
        Column("questions", "integer", "Times a caregiver began to wait for an answer."),
        Column("answered", "integer", "Questions that were answered, whenever that was."),
        Column(
            "answered_share",
            "decimal(5,4)",
            "Share (0 to 1) of the questions that were answered.",
            nullable=True,
        ),
        Column(
            "median_minutes",
            "decimal(10,1)",
            "Half of the answered questions waited no longer; NULL if none was answered.",
            nullable=True,
        ),
        Column(
            "p90_minutes",
            "decimal(10,1)",
            "Nine of ten answered questions waited no longer; NULL if none was answered.",
            nullable=True,
        ),
    ],
    primary_key=["care_team_id", "week_starting_on"],
    inputs=[response_times, care_teams],
    checks=[
        in_range("answered_share", 0, 1),
        mostly_present("care_team_name", 0.95),
    ],
    owners=["team:engagement-analytics"],
)
