"""One row per address of a caregiver and the time it held: the history of moves."""

from seniorlink_assets.defs.landing import enrolment as landed
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, keeps_rows_of, row_count_change_at_most

caregiver_addresses = redshift_table(
    "enrolment/caregiver_addresses",
    description=__doc__,
    columns=[
        Column("caregiver_id", "bigint", "Who lived there.", phi="identifier", subject=True),
        Column(
            "valid_from", "timestamp", "When the address was first recorded, in UTC.", phi="date"
        ),
        Column(
            "valid_to",
            "timestamp",
            "When the next address was recorded, in UTC; NULL for the present one.",
            nullable=True,
            phi="date",
        ),
        Column("street", "varchar(200)", "Street and number.", phi="contact"),
        Column("city", "varchar(100)", "City.", phi="geo"),
        Column("state", "varchar(2)", "State, two letters."),
        Column("zip", "varchar(10)", "ZIP code.", phi="geo"),
    ],
    primary_key=["caregiver_id", "valid_from"],
    distribute_by="caregiver_id",
    sort_by=["caregiver_id", "valid_from"],
    checks=[
        keeps_rows_of("caregivers", drops=["address unchanged", "replaced at once"]),
        row_count_change_at_most(0.1),
    ],
    inputs=[landed.caregivers],
    owners=["team:enrolment-data"],
)
