"""What programmes bill: one row per programme and month of service.

Every programme has every month from the first to the last service; one without claims has zeros.
"""

from datetime import timedelta

from seniorlink_assets.defs.billing.claims import claims
from seniorlink_assets.defs.enrolment.programmes import programmes
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, row_count_change_at_most

programme_costs = redshift_table(
    "finance/programme_costs",
    description=__doc__,
    columns=[
        Column("programme_code", "varchar(8)", "The programme."),
        Column("month", "date", "The first day of the month of service."),
        Column("claims", "integer", "Claims for services of the month, whenever billed."),
        Column("units", "bigint", "Units they bill."),
        Column("amount_usd", "decimal(14,2)", "What they bill, whatever became of it."),
        Column("denied_usd", "decimal(14,2)", "The part of it that was denied."),
    ],
    primary_key=["programme_code", "month"],
    sort_by=["month"],
    readers=["role bi"],
    inputs=[claims, programmes],
    checks=[
        in_range("claims", minimum=0),
        in_range("denied_usd", minimum=0, blocking=False),
        row_count_change_at_most(0.25),
    ],
    owners=["team:finance-analytics"],
    freshness=timedelta(hours=30),
)
