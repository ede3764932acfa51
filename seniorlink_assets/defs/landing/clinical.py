"""What the clinical system sends every night: visits and assessments."""

from seniorlink_assets.landing import landing_set
from spark.contract import LandingColumn

visits = landing_set(
    "clinical/visits",
    description="One line per visit of a nurse, held or not.",
    format="csv",
    columns=[
        LandingColumn("visit_id", "The visit."),
        LandingColumn("consumer_id", "Who was to be visited.", phi="identifier"),
        LandingColumn("caregiver_id", "Who cares for the consumer.", phi="identifier"),
        LandingColumn("nurse_id", "The nurse.", phi="identifier"),
        LandingColumn("visited_at", "When it began or should have begun, in UTC.", phi="date"),
        LandingColumn("minutes", "How long it took."),
        LandingColumn("kind", "Where it took place: home, video or phone."),
        LandingColumn("outcome", "What became of it: done, cancelled or no_show."),
    ],
    owners=["team:clinical-data"],
)

assessments = landing_set(
    "clinical/assessments",
    description="One JSON object per assessment of a consumer, its answers nested.",
    format="jsonl",
    columns=[
        LandingColumn("assessment_id", "The assessment."),
        LandingColumn("consumer_id", "Who was assessed.", phi="identifier"),
        LandingColumn("assessed_at", "When it was taken, in UTC.", phi="date"),
        LandingColumn("form", "The questionnaire: adl, phq2 or zarit."),
        LandingColumn(
            "answers",
            "A list of question, score and sometimes a comment in free text.",
            phi="free_text",
        ),
    ],
    owners=["team:clinical-data"],
)
