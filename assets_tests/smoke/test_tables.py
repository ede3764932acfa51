"""Tables that are computed at a service, from their landing file to the rows that readers see."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from assets_tests.checkout import Checkout
from assets_tests.launchers.attempts import NOTES
from assets_tests.satellite_table import declared
from assets_tests.smoke.account import Account
from seniorlink_assets.launchers.base import Launcher

DECLARATION = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, rejects_at_most

notes = redshift_table(
    "trial/notes",
    description="One row per note.",
    columns=[Column("note_id", "bigint", "The note."), Column("noted_on", "date", "Its day.")],
    primary_key=["note_id"],
    partition_by="noted_on",
    checks=[rejects_at_most(0.5)],
    inputs=[landed],
    owners=["team:x"],
)
"""
DAY = "2025-01-02"
LINES = f"note_id,noted_on\n1,{DAY}\n2,{DAY}\nx,{DAY}\n".encode()


@pytest.fixture
def checkout(account: Account, tmp_path: Path) -> Callable[[Launcher], Checkout]:
    """A checkout with a home of its own, in the lake of the account."""

    def made(launcher: Launcher) -> Checkout:
        checkout = Checkout.at(tmp_path, launcher)
        storage = account.storage
        storage.remove(["published/", "snapshots/trial/"])
        storage.put(f"landing/trial/notes/{DAY}/notes.csv", LINES)
        environment = replace(
            checkout.environment, buckets=account.buckets, satellites=lambda _: launcher
        )
        return replace(checkout, environment=environment)

    return made


def rows_and_rejects(checkout: Checkout) -> tuple[list[int], list[str]]:
    """What readers see, and why the others are not among it."""
    query = checkout.environment.warehouse.query
    return (
        [row for (row,) in query("SELECT note_id FROM trial.notes ORDER BY 1")],
        [reason for (reason,) in query("SELECT reason FROM trial.notes_rejects")],
    )


def told(result: dg.ExecuteInProcessResult) -> set[str]:
    """The names of what the run page shows."""
    (event,) = result.asset_materializations_for_node("trial__notes")
    return {*event.metadata}


@pytest.mark.parametrize("service", ["emr-serverless", "emr-eks", "emr-ec2"])
def test_a_table_of_spark(account, checkout, service):
    if account.double and service != "emr-serverless":
        pytest.skip("the double has one Spark for all services")
    there = checkout(account.launcher(service))
    there.write_job("trial/notes", "def notes(notes):\n    return notes\n")
    asset = there.declare("trial/notes", DECLARATION, landed=NOTES)

    result = there.materialize(NOTES, asset, days=DAY)

    assert result.success
    assert rows_and_rejects(there) == ([1, 2], ["note_id is not a bigint"])
    assert {"job", "logs"} < told(result)
    assert {"cost", "vCPU hours"} & told(result)


@pytest.mark.parametrize("service", ["lambda", "ecs", "ec2"])
def test_a_satellite(account, checkout, service):
    there = checkout(account.satellites(service))

    result = there.materialize(NOTES, declared(there, service=service), days=DAY)

    assert result.success
    assert rows_and_rejects(there) == ([1, 2], ["note_id is not a bigint"])
