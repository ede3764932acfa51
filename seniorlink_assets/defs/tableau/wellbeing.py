"""Caregivers' days for the dashboards: one row per programme and month with notes."""

from seniorlink_assets.defs.enrolment.programmes import programmes
from seniorlink_assets.defs.outcomes.wellbeing_by_month import wellbeing_by_month
from seniorlink_assets.tableau import tableau_extract
from spark.contract import Column, in_range

wellbeing = tableau_extract(
    "tableau/wellbeing",
    description=__doc__,
    columns=[
        Column("programme_code", "varchar(8)", "The programme."),
        Column("programme_name", "varchar(100)", "Its name.", nullable=True),
        Column("payer", "varchar(100)", "Who pays for it.", nullable=True),
        Column("month", "date", "The first day of the month."),
        Column("caregivers", "integer", "Caregivers who wrote a note."),
        Column("notes", "integer", "Notes they wrote, each in its last revision."),
        Column(
            "mean_mood",
            "decimal(3,2)",
            "Mean mood, 1 (hard) to 5 (good); NULL if no note says one.",
            nullable=True,
        ),
        Column(
            "hard_share",
            "decimal(5,4)",
            "Share (0 to 1) of the notes that say a mood whose mood is 1 or 2.",
            nullable=True,
        ),
    ],
    primary_key=["programme_code", "month"],
    inputs=[wellbeing_by_month, programmes],
    checks=[
        in_range("mean_mood", 1, 5),
        in_range("hard_share", 0, 1),
    ],
    owners=["team:outcomes-analytics"],
)
