"""How a consumer's scores changed: one row per consumer and form, the first score and the last.

Of two assessments at the same time the one with the higher id is the later one.
"""

from seniorlink_assets.defs.clinical.assessments import assessments
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, accepted_values, in_range, row_count_change_at_most

assessment_changes = redshift_table(
    "outcomes/assessment_changes",
    description=__doc__,
    columns=[
        Column("consumer_id", "bigint", "Who was assessed.", phi="identifier", subject=True),
        Column("form", "varchar(10)", "adl, phq2 or zarit."),
        Column("assessments", "integer", "Assessments made with the form."),
        Column("first_assessed_at", "timestamp", "When the first one was made.", phi="date"),
        Column("first_score", "integer", "Its total score.", phi="clinical"),
        Column("last_assessed_at", "timestamp", "When the last one was made.", phi="date"),
        Column("last_score", "integer", "Its total score.", phi="clinical"),
        Column(
            "score_change",
            "integer",
            "Last score less the first: above 0 is worse, 0 after a single assessment.",
            phi="clinical",
        ),
    ],
    primary_key=["consumer_id", "form"],
    distribute_by="consumer_id",
    sort_by=["last_assessed_at"],
    inputs=[assessments],
    checks=[
        accepted_values("form", ["adl", "phq2", "zarit"]),
        in_range("assessments", minimum=1),
        row_count_change_at_most(0.25),
    ],
    owners=["team:outcomes-analytics"],
)
