"""What a person takes back or deletes by hand, and what the next materialization makes of it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from assets_tests.checkout import Checkout, failure
from assets_tests.duckdb_launcher import DuckDBLauncher
from seniorlink_assets.catalogue import tables
from seniorlink_assets.lake import Published
from seniorlink_assets.landing import landing_set
from seniorlink_assets.materialize import RECOMPUTE_TAG
from seniorlink_assets.releases.rollback import Request, roll_back
from spark.contract import WHOLE, LandingColumn

SCORES = landing_set(
    "app/scores",
    description="One line per score.",
    format="csv",
    columns=[LandingColumn("id", "The score."), LandingColumn("scored_on", "The day.")],
    owners=["team:care"],
)
DECLARATION = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

{name} = redshift_table(
    "care/{name}",
    description="One row per score.",
    columns=[Column("id", "bigint", "The score."), Column("scored_on", "date", "Its day.")],
    primary_key=["id"],
    {partition_by}
    inputs=[{given}],
    owners=["team:care"],
)
"""
DAY, NEXT = "2025-01-02", "2025-01-03"


@dataclass
class Care:
    """Daily scores from landed ones, and all of them above."""

    checkout: Checkout
    daily: dg.AssetsDefinition
    every: dg.AssetsDefinition

    def land(self, *ids: int, day: str = DAY) -> None:
        lines = [f"{number},{day}\n" for number in ids]
        self.checkout.land("app/scores", day, scores_csv="id,scored_on\n" + "".join(lines))

    def materialize(self, days: str = DAY, **tags: str) -> list[dg.ExecuteInProcessResult]:
        return [
            self.checkout.materialize(
                SCORES, self.daily, select=[self.daily], days=days, tags=tags
            ),
            self.checkout.materialize(self.daily, self.every, select=[self.every]),
        ]

    def roll_back(self, *, with_downstream: bool) -> None:
        request = Request("care/daily", (DAY,), with_downstream=with_downstream)
        checkout = self.checkout
        roll_back(request, [*tables()], checkout.environment, checkout.instance)

    def seen(self) -> list[list[int]]:
        """The ids that readers of both tables see."""
        query = self.checkout.environment.warehouse.query
        return [
            [number for (number,) in query(f"SELECT id FROM care.{name} ORDER BY 1")]
            for name in ("daily", "every")
        ]

    def jobs(self) -> int:
        return self.checkout.spark_jobs("care/daily") + self.checkout.spark_jobs("care/every")

    def published(self, key: str = "care/daily", partition: str = DAY) -> Published:
        found = self.checkout.environment.lake.published(key, partition)
        assert found is not None
        return found

    def manifest_folder(self) -> Path:
        return self.checkout.environment.lake.storage.root / self.published().place


@pytest.fixture
def care(tmp_path: Path) -> Iterator[Care]:
    checkout = Checkout.at(tmp_path, DuckDBLauncher())
    checkout.write_job("care/daily", "SELECT id, scored_on FROM scores", ".sql")
    checkout.write_job("care/every", "SELECT id, scored_on FROM daily", ".sql")
    by_day = DECLARATION.format(
        name="daily", given="scores", partition_by='partition_by="scored_on",'
    )
    whole = DECLARATION.format(name="every", given="daily", partition_by="")
    daily = checkout.declare("care/daily", by_day, scores=SCORES)
    every = checkout.declare("care/every", whole, daily=daily)
    with checkout.instance:
        yield Care(checkout, daily, every)


@pytest.mark.parametrize("with_downstream", [True, False])
def test_the_next_run_leaves_what_was_rolled_back(care, with_downstream):
    care.land(1)
    care.materialize()
    care.land(2)
    care.materialize()

    care.roll_back(with_downstream=with_downstream)
    at_once = care.seen()
    results = care.materialize()

    assert at_once == [[1], [1] if with_downstream else [2]]
    assert [result.success for result in results] == [True, True]
    assert care.seen() == [[1], [1]]
    assert care.jobs() == 4


def test_new_input_is_published_after_a_rollback(care):
    care.land(1)
    care.materialize()
    care.land(2)
    care.materialize()
    care.roll_back(with_downstream=True)
    care.land(3)

    care.materialize()

    assert care.seen() == [[3], [3]]


def test_a_rollback_is_forgotten_when_somebody_computes_again(care):
    care.land(1)
    care.materialize()
    care.land(2)
    care.materialize()
    care.roll_back(with_downstream=True)

    care.materialize(**{RECOMPUTE_TAG: "true"})

    assert care.seen() == [[2], [2]]
    assert care.published().withdrawn == ()


@pytest.mark.parametrize("days", [DAY, f"{DAY}...{NEXT}"])
def test_a_published_snapshot_without_its_files_says_how_to_mend_it_and_that_does(care, days):
    care.land(1)
    care.land(2, day=NEXT)
    care.materialize(days)
    before = care.seen()
    (file,) = care.published().files
    path = care.checkout.environment.lake.storage.root / file.path
    path.unlink()

    refused, _ = care.materialize()
    sentence, folder = failure(refused), care.manifest_folder()
    shutil.rmtree(folder)
    mended = care.materialize()

    assert sentence == (
        f"care/daily: {path} is missing or has another size than its manifest says; "
        f"delete {folder} to have care/daily computed again"
    )
    assert [result.success for result in mended] == [True, True]
    assert care.seen() == before
    assert care.checkout.environment.lake.snapshot(care.published().place).partition == DAY


def test_a_published_snapshot_that_is_gone_altogether_is_computed_again(care):
    care.land(1)
    care.materialize()
    before = care.published()
    shutil.rmtree(care.manifest_folder())

    results = care.materialize()

    assert [result.success for result in results] == [True, True]
    assert care.seen() == [[1], [1]]
    assert care.published().place != before.place


def test_a_deleted_pointer_is_made_again_without_a_job(care):
    care.land(1)
    care.materialize()
    jobs = care.jobs()
    root = care.checkout.environment.lake.storage.root
    pointer = root / "published" / "care" / "daily" / f"{DAY}.json"
    pointer.write_text("{")

    refused, _ = care.materialize()
    sentence = failure(refused)
    pointer.unlink()
    results = care.materialize()

    assert sentence == (
        f"care/daily: {pointer} is not a published pointer (JSONDecodeError); "
        "delete it and materialize the partition again"
    )
    assert [result.success for result in results] == [True, True]
    assert (care.jobs(), care.seen()) == (jobs, [[1], [1]])
    assert care.published("care/every", WHOLE).rows == 1
