"""A small table of a satellite in a checkout of its own: what a test lands, it computes."""

import dagster as dg

from assets_tests.checkout import Checkout
from assets_tests.launchers.attempts import NOTES

DECLARATION = """
from datetime import timedelta

from seniorlink_assets.satellite import satellite_on_{service}
from spark.contract import Column, keeps_rows_of, rejects_at_most

notes = satellite_on_{service}(
    "trial/notes",
    description="One row per note.",
    columns=[Column("note_id", "bigint", "The note."), Column("noted_on", "date", "Its day.")],
    primary_key=["note_id"],
    partition_by="noted_on",
    checks=[keeps_rows_of("notes"), rejects_at_most(0.5)],
    inputs=[landed],
    owners=["team:x"],
    {more}
)
"""
KEEPS = """
def notes(notes):
    for note in notes:
        yield note
"""


def declared(
    checkout: Checkout, source: str = KEEPS, service: str = "lambda", more: str = ""
) -> dg.AssetsDefinition:
    """The table, computed by the source of a function."""
    checkout.write_job("trial/notes", source)
    text = DECLARATION.format(service=service, more=more)
    return checkout.declare("trial/notes", text, landed=NOTES)


def doing(deed: str) -> str:
    """The source of a function that does something before it keeps every row."""
    return f"def notes(notes):\n    {deed}\n    yield from notes\n"
