"""Three tables that are up to date: moods, moods by day below it, and visits beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from assets_tests.checkout import Checkout
from seniorlink_assets.landing import landing_set
from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.launchers.inline import InlineLauncher
from spark.contract import LandingColumn

DAYS = ("2025-01-02", "2025-01-03", "2025-01-04")

NOTES = landing_set(
    "ward/notes",
    description="Notes.",
    format="csv",
    columns=[
        LandingColumn("note_id", "The note."),
        LandingColumn("noted_on", "Its day."),
        LandingColumn("mood", "1 to 5."),
    ],
    owners=["team:x"],
)
VISITS = landing_set(
    "ward/visits",
    description="Visits.",
    format="jsonl",
    columns=[LandingColumn("visit_id", "The visit."), LandingColumn("visited_on", "Its day.")],
    owners=["team:x"],
)
MOODS = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, keeps_rows_of, rejects_at_most

moods = redshift_table(
    "ward/moods",
    description="One row per note.",
    columns=[
        Column("note_id", "bigint", "The note."),
        Column("noted_on", "date", "Its day."),
        Column("mood", "smallint", "1 to 5."),
    ],
    primary_key=["note_id"],
    partition_by="noted_on",
    inputs=[notes],
    checks=[keeps_rows_of("notes"), in_range("mood", 1, 5), rejects_at_most(0.5)],
    owners=["team:x"],
)
"""
MOODS_BY_DAY = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

moods_by_day = redshift_table(
    "ward/moods_by_day",
    description="One row per day.",
    columns=[Column("noted_on", "date", "The day."), Column("notes", "bigint", "Its notes.")],
    primary_key=["noted_on"],
    inputs=[moods],
    owners=["team:x"],
)
"""
VISITS_TABLE = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

visits = redshift_table(
    "ward/visits",
    description="One row per visit.",
    columns=[Column("visit_id", "bigint", "The visit."), Column("visited_on", "date", "Its day.")],
    primary_key=["visit_id"],
    partition_by="visited_on",
    inputs=[landed],
    owners=["team:x"],
)
"""
TRANSFORM = "def moods(notes):\n    return notes\n"


class Ward:
    """The tables in a folder; their jobs run in this process."""

    def __init__(self, folder: Path) -> None:
        self.checkout = Checkout.at(folder, InlineLauncher("1g"))
        self.checkout.write_job("ward/moods", TRANSFORM)
        self.checkout.write_job(
            "ward/moods_by_day",
            "SELECT noted_on, count(*) AS notes FROM moods GROUP BY noted_on",
            suffix=".sql",
        )
        self.checkout.write_job("ward/visits", "def visits(visits):\n    return visits\n")
        self.declare()

    def declare(self) -> None:
        declare = self.checkout.declare
        self.moods = declare("ward/moods", MOODS, notes=NOTES)
        self.moods_by_day = declare("ward/moods_by_day", MOODS_BY_DAY, moods=self.moods)
        self.visits = declare("ward/visits", VISITS_TABLE, landed=VISITS)

    def run_on(self, launcher: Launcher) -> None:
        self.checkout = self.checkout.using(launcher)

    def change_transform(self, body: str) -> None:
        self.checkout.write_job("ward/moods", f"def moods(notes):\n    {body}\n")
        self.declare()

    @property
    def home(self) -> Path:
        return self.checkout.home

    def materialize(self, days: str = f"{DAYS[0]}...{DAYS[-1]}") -> dg.ExecuteInProcessResult:
        tables = (self.moods, self.moods_by_day, self.visits)
        return self.checkout.materialize(NOTES, VISITS, *tables, select=[*tables], days=days)

    def land_notes(self, day: str, content: str | bytes) -> None:
        self.checkout.land("ward/notes", day, notes_csv=content)

    def land_visits(self, day: str, content: str | bytes) -> None:
        self.checkout.land("ward/visits", day, visits_jsonl=content)

    def state(self) -> Mapping[str, Any]:
        """All that readers see, what is staged, and what the lake has committed."""
        lake = self.home / "lake"
        with duckdb.connect(self.home / "warehouse.duckdb", read_only=True) as connection:
            tables = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL"
            ).fetchall()
            rows = {
                f"{schema}.{name}": connection.execute(
                    f'SELECT * FROM "{schema}"."{name}" ORDER BY ALL'
                ).fetchall()
                for schema, name in tables
            }
        return {
            **rows,
            "manifests": sorted(map(str, (lake / "snapshots").glob("**/manifest.json"))),
            "pointers": {
                str(path): json.loads(path.read_text())["current"]
                for path in (lake / "published").glob("**/*.json")
            },
        }


def steps(result: dg.ExecuteInProcessResult) -> Mapping[str, bool]:
    """Whether each table's step succeeded; those below a failure are not run and not here."""
    events = [
        event for event in result.all_events if event.is_step_success or event.is_step_failure
    ]
    return {(event.step_key or "").replace("__", "/"): event.is_step_success for event in events}


ONLY_MOODS_FAILED = {"ward/moods": False, "ward/visits": True}


def fill(ward: Ward) -> None:
    """Lands a few notes and visits of each day, and publishes all tables."""
    for number, day in enumerate(DAYS):
        ward.land_notes(day, f"note_id,noted_on,mood\n{number}1,{day},3\n{number}2,{day},4\n")
        ward.land_visits(day, f'{{"visit_id": {number}, "visited_on": "{day}"}}\n')
    assert ward.materialize().success
