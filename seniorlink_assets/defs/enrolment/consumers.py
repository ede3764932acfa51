"""One row per consumer, the person who is cared for: the latest version of the record."""

from datetime import timedelta

from seniorlink_assets.defs.landing import enrolment as landed
from seniorlink_assets.redshift import redshift_table
from spark.contract import (
    Column,
    accepted_values,
    keeps_rows_of,
    mostly_present,
    rejects_at_most,
    row_count_change_at_most,
)

consumers = redshift_table(
    "enrolment/consumers",
    description=__doc__,
    columns=[
        Column("consumer_id", "bigint", "The consumer.", phi="identifier", subject=True),
        Column("caregiver_id", "bigint", "Who cares for the consumer.", phi="identifier"),
        Column(
            "full_name",
            "varchar(200)",
            "Given and family name as on the enrolment form.",
            phi="name",
        ),
        Column("birth_date", "date", "Day of birth.", phi="dob"),
        Column("sex", "varchar(1)", "F, M or X; NULL if not stated.", nullable=True),
        Column("diagnosis_code", "varchar(10)", "Main diagnosis in ICD-10.", phi="clinical"),
        Column("zip", "varchar(10)", "ZIP code of the home.", phi="geo"),
        Column("updated_at", "timestamp", "When this version was recorded, in UTC."),
    ],
    primary_key=["consumer_id"],
    distribute_by="consumer_id",
    sort_by=["consumer_id"],
    checks=[
        keeps_rows_of("consumers", drops=["older version"]),
        accepted_values("sex", ["F", "M", "X"]),
        mostly_present("sex", 0.9),
        rejects_at_most(0.01),
        row_count_change_at_most(0.1),
    ],
    inputs=[landed.consumers],
    owners=["team:enrolment-data"],
    freshness=timedelta(hours=30),
)
