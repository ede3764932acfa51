"""One row per caregiver: the care team that looks after the caregiver now."""

from seniorlink_assets.defs.enrolment.caregivers import caregivers
from seniorlink_assets.defs.landing import enrolment as landed
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, keeps_rows_of, rejects_at_most, row_count_change_at_most

care_teams = redshift_table(
    "enrolment/care_teams",
    description=__doc__,
    columns=[
        Column("caregiver_id", "bigint", "Who is looked after.", phi="identifier", subject=True),
        Column("care_team_id", "bigint", "The care team."),
        Column("care_team_name", "varchar(100)", "What the care team is called."),
        Column("state", "varchar(2)", "State the care team works in, two letters."),
        Column("assigned_at", "timestamp", "When the assignment began, in UTC.", phi="date"),
    ],
    primary_key=["caregiver_id"],
    distribute_by="caregiver_id",
    sort_by=["care_team_id"],
    checks=[
        keeps_rows_of("care_teams", drops=["older assignment"]),
        rejects_at_most(0.01),
        row_count_change_at_most(0.1),
    ],
    inputs=[landed.care_teams, caregivers],
    owners=["team:enrolment-data"],
)
