"""One row per assessment of a consumer, with its total score and all its answers."""

from seniorlink_assets.defs.landing import clinical as landed
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, accepted_values, in_range, keeps_rows_of, newest_within

assessments = redshift_table(
    "clinical/assessments",
    description=__doc__,
    columns=[
        Column("assessment_id", "bigint", "The assessment."),
        Column("consumer_id", "bigint", "Who was assessed.", phi="identifier", subject=True),
        Column("assessed_at", "timestamp", "When it was taken, in UTC.", phi="date"),
        Column("form", "varchar(10)", "The questionnaire: adl, phq2 or zarit."),
        Column("total_score", "integer", "Sum of the scores; more is worse.", phi="clinical"),
        Column("questions", "integer", "Number of questions answered."),
        Column(
            "answers",
            "super",
            "A list of question, score and sometimes a comment in free text.",
            phi="free_text",
        ),
    ],
    primary_key=["assessment_id"],
    distribute_by="consumer_id",
    sort_by=["assessed_at"],
    checks=[
        keeps_rows_of("assessments"),
        accepted_values("form", ["adl", "phq2", "zarit"]),
        in_range("total_score", 0, 48),
        newest_within(4),
    ],
    inputs=[landed.assessments],
    owners=["team:clinical-data"],
)
