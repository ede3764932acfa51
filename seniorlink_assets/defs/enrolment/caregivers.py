"""One row per caregiver: the latest version of the record."""

from datetime import timedelta

from seniorlink_assets.defs.landing import enrolment as landed
from seniorlink_assets.redshift import redshift_table
from spark.contract import (
    Column,
    keeps_rows_of,
    mostly_present,
    rejects_at_most,
    row_count_change_at_most,
)

caregivers = redshift_table(
    "enrolment/caregivers",
    description=__doc__,
    columns=[
        Column("caregiver_id", "bigint", "The caregiver.", phi="identifier", subject=True),
        Column(
            "full_name",
            "varchar(200)",
            "Given and family name as on the enrolment form.",
            phi="name",
        ),
        Column("birth_date", "date", "Day of birth.", phi="dob"),
        Column("phone", "varchar(30)", "Number to call.", nullable=True, phi="contact"),
        Column("email", "varchar(254)", "Address to write to.", nullable=True, phi="contact"),
        Column("city", "varchar(100)", "City of the home.", phi="geo"),
        Column("state", "varchar(2)", "State of the home, two letters."),
        Column("zip", "varchar(10)", "ZIP code of the home.", phi="geo"),
        Column("updated_at", "timestamp", "When this version was recorded, in UTC."),
    ],
    primary_key=["caregiver_id"],
    distribute_by="caregiver_id",
    sort_by=["caregiver_id"],
    checks=[
        keeps_rows_of("caregivers", drops=["older version"]),
        mostly_present("phone", 0.95),
        rejects_at_most(0.01),
        row_count_change_at_most(0.1),
    ],
    inputs=[landed.caregivers],
    owners=["team:enrolment-data"],
    freshness=timedelta(hours=30),
)
