"""One row per programme: who pays for it, and how much a day."""

from seniorlink_assets.defs.landing import enrolment as landed
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, keeps_rows_of, rejects_at_most

programmes = redshift_table(
    "enrolment/programmes",
    description=__doc__,
    columns=[
        Column("programme_code", "varchar(8)", "The programme, three capitals."),
        Column("name", "varchar(100)", "What the programme is called."),
        Column("payer", "varchar(100)", "Who pays for it."),
        Column("daily_rate_usd", "decimal(10,2)", "What the payer pays per day of service."),
        Column("valid_from", "date", "First day on which this holds."),
    ],
    primary_key=["programme_code"],
    sort_by=["programme_code"],
    checks=[
        keeps_rows_of("programmes", drops=["older version"]),
        in_range("daily_rate_usd", 0),
        # A programme that is missing here has all its enrolments and claims rejected.
        rejects_at_most(0.0),
    ],
    inputs=[landed.programmes],
    owners=["team:enrolment-data"],
)
