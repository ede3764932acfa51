"""One row per answer given in an assessment."""

from seniorlink_assets.defs.clinical.assessments import assessments
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range

assessment_answers = redshift_table(
    "clinical/assessment_answers",
    description=__doc__,
    columns=[
        Column("assessment_id", "bigint", "The assessment."),
        Column("consumer_id", "bigint", "Who was assessed.", phi="identifier", subject=True),
        Column("question", "smallint", "Number of the question on the form, from 1."),
        Column("score", "smallint", "Points for the answer; more is worse.", phi="clinical"),
        Column(
            "comment",
            "varchar(1000)",
            "What the nurse added.",
            nullable=True,
            phi="free_text",
        ),
    ],
    primary_key=["assessment_id", "question"],
    distribute_by="assessment_id",
    sort_by=["assessment_id", "question"],
    checks=[in_range("question", 1, 12), in_range("score", 0, 4)],
    inputs=[assessments],
    owners=["team:clinical-data"],
)
