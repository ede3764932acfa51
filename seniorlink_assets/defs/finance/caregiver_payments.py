"""What a caregiver got and what their care billed: one row per caregiver and month with either.

A claim reaches its caregiver through its enrolment; claims of an unknown enrolment are only in
finance/programme_costs.
"""

from seniorlink_assets.defs.billing.claims import claims
from seniorlink_assets.defs.billing.stipends import stipends
from seniorlink_assets.defs.enrolment.enrolments import enrolments
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, row_count_change_at_most

caregiver_payments = redshift_table(
    "finance/caregiver_payments",
    description=__doc__,
    columns=[
        Column("caregiver_id", "bigint", "The caregiver.", phi="identifier", subject=True),
        Column(
            "month",
            "date",
            "The first day of the month of the stipend and of the services.",
            phi="date",
        ),
        Column(
            "stipend_usd",
            "decimal(12,2)",
            "Stipends for the month, as last corrected.",
            phi="financial",
        ),
        Column("claims", "integer", "Claims for the month's services that were not denied."),
        Column("claims_usd", "decimal(12,2)", "What those claims bill.", phi="financial"),
    ],
    primary_key=["caregiver_id", "month"],
    distribute_by="caregiver_id",
    sort_by=["month"],
    inputs=[stipends, claims, enrolments],
    checks=[
        in_range("stipend_usd", minimum=0, blocking=False),
        in_range("claims_usd", minimum=0, blocking=False),
        row_count_change_at_most(0.25),
    ],
    owners=["team:finance-analytics"],
)
