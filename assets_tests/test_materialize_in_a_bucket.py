"""The five steps over a lake that is in a bucket, and what a storage that fails costs."""

from dataclasses import replace
from types import SimpleNamespace

import dagster as dg
import pytest

from assets_tests.bucket_launcher import BucketLauncher
from assets_tests.checkout import Checkout, failure
from assets_tests.storages import in_bucket
from seniorlink_assets.catalogue import tables
from seniorlink_assets.landing import landing_set
from seniorlink_assets.releases.retention import collect
from seniorlink_assets.releases.rollback import Request, roll_back
from spark.contract import WHOLE, LandingColumn

NOTES = landing_set(
    "bucket/notes",
    description="One line per note.",
    format="csv",
    columns=[LandingColumn("id", "The note."), LandingColumn("noted_on", "The day.")],
    owners=["team:care"],
)
DAYS = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

days = redshift_table(
    "bucket/days",
    description="One row per note.",
    columns=[Column("id", "bigint", "The note."), Column("noted_on", "date", "Its day.")],
    primary_key=["id"],
    partition_by="noted_on",
    inputs=[notes],
    owners=["team:care"],
)
"""
TOTALS = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

totals = redshift_table(
    "bucket/totals",
    description="One row.",
    columns=[Column("notes", "bigint", "How many notes.")],
    primary_key=["notes"],
    inputs=[days],
    owners=["team:care"],
)
"""
DAY, NEXT = "2025-01-02", "2025-01-03"


class World:
    def __init__(self, folder, aws) -> None:
        self.aws = aws
        self.lake, self.landing = in_bucket(aws, "home/lake"), in_bucket(aws, "home")
        self.launcher = BucketLauncher(self.lake, self.landing)
        checkout = Checkout.at(folder, self.launcher)
        buckets = SimpleNamespace(lake=self.lake, landing=self.landing)
        self.checkout = replace(
            checkout, environment=replace(checkout.environment, buckets=buckets)
        )
        self.checkout.write_job(
            "bucket/days", "SELECT id::bigint AS id, noted_on::date AS noted_on FROM notes", ".sql"
        )
        self.checkout.write_job("bucket/totals", "SELECT count(*) AS notes FROM days", ".sql")
        self.days = self.checkout.declare("bucket/days", DAYS, notes=NOTES)
        self.totals = self.checkout.declare("bucket/totals", TOTALS, days=self.days)

    def land(self, day: str, *ids: int) -> None:
        lines = "".join(f"{number},{day}\n" for number in ids)
        self.landing.put(f"landing/bucket/notes/{day}/notes.csv", f"id,noted_on\n{lines}".encode())

    def materialize(self, days: str = f"{DAY}...{NEXT}") -> dg.ExecuteInProcessResult:
        result = self.checkout.materialize(NOTES, self.days, select=[self.days], days=days)
        if result.success:
            result = self.checkout.materialize(self.days, self.totals, select=[self.totals])
        return result

    def rows(self, table: str) -> list[tuple]:
        return self.checkout.environment.warehouse.query(f"SELECT * FROM {table} ORDER BY ALL")

    def notes(self) -> int:
        return self.rows("bucket.totals")[0][0]


@pytest.fixture
def world(tmp_path, aws):
    found = World(tmp_path, aws)
    found.land(DAY, 1, 2)
    found.land(NEXT, 3)
    with found.checkout.instance:
        yield found
    aws.faults.clear()


def test_what_landed_in_a_bucket_is_published_and_nothing_is_computed_twice(world):
    first, again = world.materialize(), world.materialize()

    assert (first.success, again.success) == (True, True)
    assert (len(world.rows("bucket.days")), world.notes()) == (3, 3)
    assert len(world.launcher.jobs) == 2
    assert world.checkout.environment.ledger.at_work() == []
    assert not (world.checkout.home / "lake" / "published").exists()


def test_only_a_day_that_changed_is_computed_again(world):
    world.materialize()
    world.land(NEXT, 3, 4)

    world.materialize()

    assert world.launcher.jobs[2].partitions == [NEXT]
    assert world.notes() == 4


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "rate": 0.1, "seed": 7},
        {"kind": "drop", "rate": 0.05, "seed": 7},
        {"kind": "drop", "rate": 0.05, "seed": 7, "when": "after", "operation": "PutObject"},
    ],
    ids=["SlowDown", "dropped connections", "lost answers"],
)
def test_misfortune_of_requests_changes_nothing_that_is_published(world, fault):
    world.aws.faults.order(**{"service": "s3", **fault})

    assert world.materialize().success

    assert sum(world.aws.faults.met) > 0
    assert (world.notes(), len(world.launcher.jobs)) == (3, 2)
    history = world.checkout.environment.lake.history("bucket/totals", WHOLE)
    assert len(history) == 1


def test_a_storage_that_refuses_fails_the_asset_with_its_sentence(world):
    world.aws.faults.order("deny", service="s3", operation="PutObject")

    result = world.materialize()

    assert failure(result).startswith("bucket/days: AWS does not allow us to write s3://lake/home/")
    assert world.launcher.jobs == []


def test_a_release_in_a_bucket_comes_back(world):
    world.materialize()
    world.land(NEXT, 3, 4)
    world.materialize()

    moves = roll_back(
        Request("bucket/days", (NEXT,), with_downstream=True),
        [*tables()],
        world.checkout.environment,
        world.checkout.instance,
    )

    assert [move.name for move in moves] == [f"bucket/days {NEXT}", "bucket/totals"]
    assert (len(world.rows("bucket.days")), world.notes()) == (3, 3)


def test_what_nobody_needs_in_a_bucket_goes(world):
    for number in range(4):
        world.land(DAY, *range(number + 1))
        world.materialize(DAY)

    swept = {
        each.key: each for each in collect(tables(), world.checkout.environment, keep=1, days=7)
    }

    assert (len(swept["bucket/days"].manifests), swept["bucket/days"].problem) == (3, "")
    assert world.materialize(DAY).success
    assert world.launcher.jobs[-1].partitions == [WHOLE]
