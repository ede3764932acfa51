"""One row per stipend, a caregiver's pay for one month: its last revision."""

from seniorlink_assets.defs.landing import billing as landed
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, keeps_rows_of, newest_within

stipends = redshift_table(
    "billing/stipends",
    description=__doc__,
    columns=[
        Column("stipend_id", "bigint", "The stipend, through all its revisions."),
        Column("caregiver_id", "bigint", "Who is paid.", phi="identifier", subject=True),
        Column("month", "date", "First day of the month it is for."),
        Column("amount_usd", "decimal(12,2)", "What is paid.", phi="financial"),
        Column("paid_at", "timestamp", "When it was paid, in UTC.", phi="date"),
        Column("revision", "smallint", "1, or higher for a correction."),
    ],
    primary_key=["stipend_id"],
    distribute_by="caregiver_id",
    sort_by=["month", "caregiver_id"],
    checks=[
        keeps_rows_of("stipends", drops=["older revision"]),
        in_range("amount_usd", 0),
        in_range("revision", 1),
        # Paid in arrears: a month is the newest until up to 62 days after it began.
        newest_within(65),
    ],
    inputs=[landed.stipends],
    owners=["team:billing-data"],
)
