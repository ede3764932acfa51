"""One row per message between a caregiver and a care team."""

from datetime import timedelta

from seniorlink_assets.defs.landing import caregiver_app
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, accepted_values, in_range, keeps_rows_of, newest_within

messages = redshift_table(
    "care/messages",
    description=__doc__,
    columns=[
        Column("message_id", "bigint", "The message."),
        Column("thread_id", "bigint", "The conversation it belongs to."),
        Column("sender_role", "varchar(20)", "Who wrote it: caregiver or care_team."),
        Column(
            "caregiver_id",
            "bigint",
            "The caregiver in the conversation.",
            phi="identifier",
            subject=True,
        ),
        Column("care_team_id", "bigint", "The care team in the conversation."),
        Column("sent_at", "timestamp", "When it was sent, in UTC.", phi="date"),
        Column("sent_on", "date", "The day it was sent, where the company works.", phi="date"),
        Column("body_characters", "integer", "Its length."),
        Column("channel", "varchar(10)", "How it was sent: app, sms or phone."),
    ],
    primary_key=["message_id"],
    partition_by="sent_on",
    distribute_by="caregiver_id",
    sort_by=["sent_on", "sent_at"],
    checks=[
        keeps_rows_of("messages", drops=["same line again"]),
        accepted_values("sender_role", ["caregiver", "care_team"]),
        accepted_values("channel", ["app", "sms", "phone"]),
        in_range("body_characters", 0),
        newest_within(2),
    ],
    inputs=[caregiver_app.messages],
    owners=["team:care-data"],
    freshness=timedelta(hours=30),
)
