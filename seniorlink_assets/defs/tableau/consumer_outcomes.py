"""Changes of scores for the dashboards: one row per consumer and form."""

from seniorlink_assets.defs.enrolment.consumers import consumers
from seniorlink_assets.defs.outcomes.assessment_changes import assessment_changes
from seniorlink_assets.tableau import tableau_extract
from spark.contract import Column, accepted_values, mostly_present, row_count_change_at_most

consumer_outcomes = tableau_extract(
    "tableau/consumer_outcomes",
    description=__doc__,
    columns=[
        Column("consumer_id", "bigint", "Who was assessed.", phi="identifier", subject=True),
        Column("form", "varchar(10)", "adl, phq2 or zarit."),
        Column("sex", "varchar(1)", "F, M or X; NULL if not said.", nullable=True),
        Column(
            "age_band",
            "varchar(16)",
            "Age at the last assessment: under 20, 20-29 and so on, 90 and over.",
            nullable=True,
        ),
        Column(
            "zip3",
            "varchar(3)",
            "First three digits of the zip code, 000 where fewer than 20,000 people live.",
            nullable=True,
            phi="geo",
        ),
        Column(
            "diagnosis_group",
            "varchar(10)",
            "ICD-10 category, the part of the code before the dot, like G30.",
            nullable=True,
            phi="clinical",
        ),
        Column("assessments", "integer", "Assessments made with the form."),
        Column("first_score", "integer", "Total score of the first one.", phi="clinical"),
        Column("last_assessed_on", "date", "The day of the last one, in New York.", phi="date"),
        Column("last_score", "integer", "Its total score.", phi="clinical"),
        Column(
            "score_change",
            "integer",
            "Last score less the first: above 0 is worse, 0 after a single assessment.",
            phi="clinical",
        ),
    ],
    primary_key=["consumer_id", "form"],
    inputs=[assessment_changes, consumers],
    checks=[
        accepted_values("form", ["adl", "phq2", "zarit"]),
        accepted_values("sex", ["F", "M", "X"], blocking=False),
        mostly_present("age_band", 0.95),
        row_count_change_at_most(0.25),
    ],
    owners=["team:outcomes-analytics"],
)
