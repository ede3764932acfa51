"""How long caregivers waited for an answer: one row per care team and ISO week of the question.

A question is a caregiver's first message in a thread since the team's last one; further messages
before the answer belong to it. It counts for the care team it was sent to and for the week in which
it was asked, also where the answer came later or from another team.
"""

from seniorlink_assets.defs.care.messages import messages
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, mostly_present, newest_within

response_times = redshift_table(
    "engagement/response_times",
    description=__doc__,
    columns=[
        Column("care_team_id", "bigint", "The care team that was asked."),
        Column("week_starting_on", "date", "The Monday of the week in which it was asked."),
        Column("threads", "integer", "Threads in which caregivers asked."),
        Column("questions", "integer", "Times a caregiver began to wait for an answer."),
        Column("answered", "integer", "Questions that were answered, whenever that was."),
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
    distribute_by="care_team_id",
    sort_by=["week_starting_on"],
    inputs=[messages],
    checks=[
        in_range("threads", minimum=1),
        in_range("median_minutes", minimum=0),
        in_range("p90_minutes", minimum=0),
        mostly_present("median_minutes", 0.9),
        newest_within(9),
    ],
    owners=["team:engagement-analytics"],
)
