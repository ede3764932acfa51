"""What the caregiver app sends every night: notes and messages."""

from seniorlink_assets.landing import landing_set
from spark.contract import LandingColumn

notes = landing_set(
    "caregiver_app/notes",
    description="One JSON object per revision of a caregiver's note about a day.",
    format="jsonl",
    columns=[
        LandingColumn("note_id", "The note, the same through all its revisions."),
        LandingColumn("caregiver_id", "Who wrote it.", phi="identifier"),
        LandingColumn("noted_on", "The day it is about, which is the folder's day.", phi="date"),
        LandingColumn("mood", "1 (hard day) to 5 (good day), or null.", phi="clinical"),
        LandingColumn("body", "What the caregiver wrote.", phi="free_text"),
        LandingColumn("revised_at", "When this revision was filed, in UTC.", phi="date"),
        LandingColumn(
            "sleep_hours",
            "Hours of sleep, asked for since the app's sleep question.",
            optional=True,
            phi="clinical",
        ),
    ],
    owners=["team:care-data"],
)

messages = landing_set(
    "caregiver_app/messages",
    description="One line per message between a caregiver and a care team, some in a late file.",
    format="csv",
    columns=[
        LandingColumn("message_id", "The message."),
        LandingColumn("thread_id", "The conversation it belongs to."),
        LandingColumn("sender_role", "Who wrote it: caregiver or care_team."),
        LandingColumn("caregiver_id", "The caregiver in the conversation.", phi="identifier"),
        LandingColumn("care_team_id", "The care team in the conversation."),
        LandingColumn("sent_at", "When it was sent, in UTC.", phi="date"),
        LandingColumn("body_characters", "Its length; the text itself is not sent."),
        LandingColumn("channel", "How it was sent: app, sms or phone."),
    ],
    owners=["team:care-data"],
)
