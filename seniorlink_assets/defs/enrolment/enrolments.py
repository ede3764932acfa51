"""One row per enrolment of a consumer in a programme: the latest version of the record."""

from datetime import timedelta

from seniorlink_assets.defs.enrolment.consumers import consumers
from seniorlink_assets.defs.enrolment.programmes import programmes
from seniorlink_assets.defs.landing import enrolment as landed
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, accepted_values, keeps_rows_of, row_count_change_at_most

enrolments = redshift_table(
    "enrolment/enrolments",
    description=__doc__,
    columns=[
        Column("enrolment_id", "bigint", "The enrolment.", phi="identifier"),
        Column("consumer_id", "bigint", "Who is enrolled.", phi="identifier", subject=True),
        Column("caregiver_id", "bigint", "Who cares for the consumer.", phi="identifier"),
        Column("programme_code", "varchar(8)", "The programme."),
        Column("started_on", "date", "First day of the enrolment.", phi="date"),
        Column(
            "ended_on",
            "date",
            "Last day of the enrolment; NULL while it is open.",
            nullable=True,
            phi="date",
        ),
        Column("level", "smallint", "Level of care: 1, or 2 for more care."),
        Column("updated_at", "timestamp", "When this version was recorded, in UTC."),
    ],
    primary_key=["enrolment_id"],
    distribute_by="enrolment_id",
    sort_by=["programme_code", "started_on"],
    checks=[
        keeps_rows_of("enrolments", drops=["older version"]),
        accepted_values("level", [1, 2]),
        row_count_change_at_most(0.1),
    ],
    inputs=[landed.enrolments, programmes, consumers],
    owners=["team:enrolment-data"],
    freshness=timedelta(hours=30),
)
