"""How caregivers' days went: one row per programme and month with notes.

A note belongs to the programme of the caregiver's enrolment that was open on its day; where several
were, to the one that started last, and of those to the one with the highest id. Notes of a day
without an enrolment are not counted.
"""

from seniorlink_assets.defs.care.daily_notes import daily_notes
from seniorlink_assets.defs.enrolment.enrolments import enrolments
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, mostly_present

wellbeing_by_month = redshift_table(
    "outcomes/wellbeing_by_month",
    description=__doc__,
    columns=[
        Column("programme_code", "varchar(8)", "The programme."),
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
    sort_by=["month"],
    inputs=[daily_notes, enrolments],
    checks=[
        in_range("mean_mood", 1, 5),
        in_range("hard_share", 0, 1),
        mostly_present("mean_mood", 0.9),
    ],
    owners=["team:outcomes-analytics"],
)
