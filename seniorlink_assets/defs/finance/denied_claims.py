"""What payers refused: one row per denied claim, with the caregiver and level of its enrolment."""

from seniorlink_assets.defs.billing.claims import claims
from seniorlink_assets.defs.enrolment.enrolments import enrolments
from seniorlink_assets.redshift import redshift_table
from spark.contract import (
    Column,
    accepted_values,
    mostly_present,
    newest_within,
    row_count_change_at_most,
)

denied_claims = redshift_table(
    "finance/denied_claims",
    description=__doc__,
    columns=[
        Column("claim_id", "bigint", "The claim.", phi="identifier"),
        Column("enrolment_id", "bigint", "The enrolment it bills.", phi="identifier"),
        Column("consumer_id", "bigint", "Who was cared for.", phi="identifier", subject=True),
        Column(
            "caregiver_id",
            "bigint",
            "Who gave the care; NULL if the enrolment is unknown.",
            nullable=True,
            phi="identifier",
        ),
        Column("programme_code", "varchar(8)", "The programme the claim names."),
        Column(
            "level",
            "smallint",
            "The enrolment's level of care, 1 or 2; NULL if the enrolment is unknown.",
            nullable=True,
        ),
        Column("service_on", "date", "The day of the service.", phi="date"),
        Column("billed_on", "date", "The day it was billed.", phi="date"),
        Column("units", "integer", "Units billed."),
        Column("amount_usd", "decimal(12,2)", "What was billed and refused.", phi="financial"),
    ],
    primary_key=["claim_id"],
    distribute_by="consumer_id",
    sort_by=["billed_on"],
    inputs=[claims, enrolments],
    checks=[
        accepted_values("level", [1, 2]),
        mostly_present("caregiver_id", 0.95),
        row_count_change_at_most(0.25),
        newest_within(7),
    ],
    owners=["team:finance-analytics"],
)
