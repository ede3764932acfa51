"""A table has something to do if it, what it reads or what its readers see has changed."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from assets_tests.checkout import Checkout
from assets_tests.duckdb_launcher import DuckDBLauncher
from seniorlink_assets import catalogue
from seniorlink_assets.landing import landing_set
from seniorlink_assets.outdated import outdated
from spark.contract import LandingColumn

REMARKS = landing_set(
    "app/remarks",
    description="One line per note.",
    format="csv",
    columns=[LandingColumn("id", "The note."), LandingColumn("noted_on", "The day.")],
    owners=["team:care"],
)
DAY, NEXT = "2025-01-02", "2025-01-03"
DECLARATION = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, newest_within

{name} = redshift_table(
    "care/{name}",
    description="One row per note.",
    columns=[Column("id", "bigint", "The note."), Column("noted_on", "date", "Its day.")],
    primary_key=["id"],
    sort_by=["noted_on"],
    {partition_by}
    inputs=[{given}],
    checks=[{checks}],
    owners=["team:care"],
)
"""


@dataclass
class Care:
    """Notes by day, and all of them in one table above."""

    checkout: Checkout
    days: dg.AssetsDefinition
    everything: dg.AssetsDefinition

    def land(self, day: str, *ids: int) -> None:
        lines = [f"{number},{day}\n" for number in ids]
        self.checkout.land("app/remarks", day, remarks_csv="id,noted_on\n" + "".join(lines))

    def materialize(self, days: str = DAY) -> None:
        first = self.checkout.materialize(REMARKS, self.days, select=[self.days], days=days)
        second = self.checkout.materialize(self.days, self.everything, select=[self.everything])
        assert first.success
        assert second.success

    def outdated(self, *days: str) -> list[str]:
        checkout = self.checkout
        known = [catalogue.known("care/days"), catalogue.known("care/everything")]
        found = outdated(known, days or (DAY,), checkout.environment, checkout.instance)
        return [table.key for table in found]


def declaration(name: str, given: str, partition_by: str = "", checks: str = "") -> str:
    return DECLARATION.format(name=name, given=given, partition_by=partition_by, checks=checks)


@pytest.fixture
def care(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(catalogue, "_by_key", {**catalogue._by_key})
    checkout = Checkout.at(tmp_path, DuckDBLauncher())
    checkout.write_job("care/days", "SELECT id, noted_on FROM remarks", ".sql")
    checkout.write_job("care/everything", "SELECT id, noted_on FROM days", ".sql")
    by_day = 'partition_by="noted_on",'
    days = checkout.declare("care/days", declaration("days", "remarks", by_day), remarks=REMARKS)
    above = checkout.declare("care/everything", declaration("everything", "days"), days=days)
    with checkout.instance:
        care = Care(checkout, days, above)
        care.land(DAY, 1, 2)
        yield care


def test_nothing_is_outdated_after_a_run(care):
    care.materialize()

    assert care.outdated() == []


def test_everything_is_outdated_before_the_first_run(care):
    assert care.outdated() == ["care/days", "care/everything"]


def test_a_changed_file_makes_its_reader_and_all_above_outdated(care):
    care.materialize()

    care.land(DAY, 1, 2, 3)

    assert care.outdated() == ["care/days", "care/everything"]


def test_a_day_that_was_not_asked_for_yet_is_outdated(care):
    care.materialize()

    care.land(NEXT, 4)

    assert care.outdated(DAY, NEXT) == ["care/days", "care/everything"]


def test_a_changed_job_makes_only_itself_and_its_readers_outdated(care):
    care.materialize()

    care.checkout.write_job("care/everything", "SELECT id, noted_on FROM days WHERE id > 1", ".sql")
    care.checkout.declare("care/everything", declaration("everything", "days"), days=care.days)

    assert care.outdated() == ["care/everything"]


def test_a_table_that_the_warehouse_lost_is_outdated(care):
    care.materialize()

    (care.checkout.home / "warehouse.duckdb").unlink()

    assert care.outdated() == ["care/days", "care/everything"]


def test_a_table_whose_snapshot_is_gone_is_outdated(care):
    care.materialize()

    shutil.rmtree(care.checkout.environment.lake.root / "snapshots" / "care" / "everything")

    assert care.outdated() == ["care/everything"]


def test_a_table_of_which_dagster_knows_nothing_is_outdated(care):
    care.materialize()

    care.checkout.instance.wipe_assets([dg.AssetKey(["care", "everything"])])

    assert care.outdated() == ["care/everything"]


def test_a_table_that_has_aged_is_outdated_that_its_check_may_say_so(care):
    aging = declaration("everything", "days", checks="newest_within(7)")
    care.checkout.declare("care/everything", aging, days=care.days)
    care.materialize()

    assert care.outdated() == ["care/everything"]


def test_an_input_that_is_missing_is_left_to_the_step_to_say(care):
    care.materialize()

    shutil.rmtree(care.checkout.home / "landing")

    assert care.outdated() == ["care/days", "care/everything"]
