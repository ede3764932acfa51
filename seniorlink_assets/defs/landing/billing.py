"""What the billing system sends: claims every night, stipends twice a month."""

from seniorlink_assets.landing import landing_set
from spark.contract import LandingColumn

claims = landing_set(
    "billing/claims",
    description="One line per claim for service to a consumer.",
    format="csv",
    columns=[
        LandingColumn("claim_id", "The claim.", phi="identifier"),
        LandingColumn("enrolment_id", "The enrolment it is billed under.", phi="identifier"),
        LandingColumn("consumer_id", "Who was cared for.", phi="identifier"),
        LandingColumn("programme_code", "The programme that is billed."),
        LandingColumn("service_on", "Day of the service.", phi="date"),
        LandingColumn("billed_on", "Day of the claim, which is the folder's day.", phi="date"),
        LandingColumn("units", "Days of service."),
        LandingColumn("amount_usd", "What is claimed.", phi="financial"),
        LandingColumn("status", "Where it stands: submitted, paid or denied."),
    ],
    owners=["team:billing-data"],
)

stipends = landing_set(
    "billing/stipends",
    description="One line per revision of a caregiver's monthly stipend; empty between the runs.",
    format="csv",
    columns=[
        LandingColumn("stipend_id", "The stipend, the same through all its revisions."),
        LandingColumn("caregiver_id", "Who is paid.", phi="identifier"),
        LandingColumn("month", "The month it is for, YYYY-MM."),
        LandingColumn("amount_usd", "What is paid.", phi="financial"),
        LandingColumn("paid_at", "When it was paid, in UTC.", phi="date"),
        LandingColumn("revision", "1, or higher for a correction."),
    ],
    owners=["team:billing-data"],
)
