"""One row per visit of a nurse to a consumer, held or not."""

from datetime import timedelta

from seniorlink_assets.defs.landing import clinical as landed
from seniorlink_assets.redshift import redshift_table
from spark.contract import (
    Column,
    accepted_values,
    in_range,
    keeps_rows_of,
    newest_within,
    rejects_at_most,
)

visits = redshift_table(
    "clinical/visits",
    description=__doc__,
    columns=[
        Column("visit_id", "bigint", "The visit."),
        Column("consumer_id", "bigint", "Who was to be visited.", phi="identifier", subject=True),
        Column("caregiver_id", "bigint", "Who cares for the consumer.", phi="identifier"),
        Column("nurse_id", "bigint", "The nurse.", phi="identifier"),
        Column(
            "visited_at",
            "timestamp",
            "When it began or should have begun, in UTC.",
            phi="date",
        ),
        Column("visited_on", "date", "The day of the visit, where the company works.", phi="date"),
        Column("minutes", "integer", "How long it took; 0 if it was not held."),
        Column("kind", "varchar(10)", "Where it took place: home, video or phone."),
        Column("outcome", "varchar(10)", "What became of it: done, cancelled or no_show."),
    ],
    primary_key=["visit_id"],
    partition_by="visited_on",
    distribute_by="caregiver_id",
    sort_by=["visited_on"],
    checks=[
        keeps_rows_of("visits"),
        accepted_values("kind", ["home", "video", "phone"]),
        accepted_values("outcome", ["done", "cancelled", "no_show"]),
        in_range("minutes", 0, 480),
        # There are so few visits a day that a single bad line is a large share of them.
        rejects_at_most(0.2),
        newest_within(2),
    ],
    inputs=[landed.visits],
    owners=["team:clinical-data"],
    freshness=timedelta(hours=30),
)
