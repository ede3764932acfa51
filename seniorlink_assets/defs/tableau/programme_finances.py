"""Billing for the dashboards: one row per programme and month of service."""

from datetime import timedelta

from seniorlink_assets.defs.enrolment.programmes import programmes
from seniorlink_assets.defs.finance.programme_costs import programme_costs
from seniorlink_assets.tableau import tableau_extract
from spark.contract import Column, in_range, row_count_change_at_most

programme_finances = tableau_extract(
    "tableau/programme_finances",
    description=__doc__,
    columns=[
        Column("programme_code", "varchar(8)", "The programme."),
        Column("programme_name", "varchar(100)", "Its name.", nullable=True),
        Column("payer", "varchar(100)", "Who pays for it.", nullable=True),
        Column("month", "date", "The first day of the month of service."),
        Column("claims", "integer", "Claims for services of the month, whenever billed."),
        Column("units", "bigint", "Units they bill."),
        Column("amount_usd", "decimal(14,2)", "What they bill, whatever became of it."),
        Column("denied_usd", "decimal(14,2)", "The part of it that was denied."),
        Column("payable_usd", "decimal(14,2)", "The part of it that was not."),
        Column(
            "denied_share",
            "decimal(5,4)",
            "Share (0 to 1) of the amount that was denied; NULL if nothing was billed.",
            nullable=True,
        ),
    ],
    primary_key=["programme_code", "month"],
    inputs=[programme_costs, programmes],
    checks=[
        in_range("denied_share", 0, 1, blocking=False),
        row_count_change_at_most(0.25),
    ],
    owners=["team:finance-analytics"],
    freshness=timedelta(hours=36),
)
