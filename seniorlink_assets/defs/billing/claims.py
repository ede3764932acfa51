"""One row per claim for service to a consumer, as it stood on the day it was billed."""

from datetime import timedelta

from seniorlink_assets.defs.enrolment.programmes import programmes
from seniorlink_assets.defs.landing import billing as landed
from seniorlink_assets.redshift import redshift_table
from spark.contract import (
    Column,
    accepted_values,
    in_range,
    keeps_rows_of,
    newest_within,
    rejects_at_most,
)

claims = redshift_table(
    "billing/claims",
    description=__doc__,
    columns=[
        Column("claim_id", "bigint", "The claim.", phi="identifier"),
        Column("enrolment_id", "bigint", "The enrolment it is billed under.", phi="identifier"),
        Column("consumer_id", "bigint", "Who was cared for.", phi="identifier", subject=True),
        Column("programme_code", "varchar(8)", "The programme that is billed."),
        Column("service_on", "date", "Day of the service.", phi="date"),
        Column("billed_on", "date", "Day of the claim, where the company works.", phi="date"),
        Column("units", "integer", "Days of service."),
        Column("amount_usd", "decimal(12,2)", "What is claimed.", phi="financial"),
        Column("status", "varchar(10)", "Where it stands: submitted, paid or denied."),
    ],
    primary_key=["claim_id"],
    partition_by="billed_on",
    distribute_by="enrolment_id",
    sort_by=["billed_on", "programme_code"],
    checks=[
        keeps_rows_of("claims", drops=["same line again"]),
        accepted_values("status", ["submitted", "paid", "denied"]),
        in_range("units", 1, 31),
        in_range("amount_usd", 0),
        rejects_at_most(0.1),
        newest_within(2),
    ],
    inputs=[landed.claims, programmes],
    owners=["team:billing-data"],
    freshness=timedelta(hours=30),
)
