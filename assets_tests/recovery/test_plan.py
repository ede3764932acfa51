"""What the plan finds wrong with a table, and why."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import dagster as dg
import pytest
from rich.console import Console

from assets_tests.changing_warehouse import ChangingWarehouse
from assets_tests.checkout import Checkout
from assets_tests.duckdb_launcher import DuckDBLauncher
from seniorlink_assets import catalogue
from seniorlink_assets.landing import landing_set
from seniorlink_assets.ledger import Entry
from seniorlink_assets.recovery.dagster_heard import DagsterHeard
from seniorlink_assets.recovery.plan import Plan, plan, with_readers
from seniorlink_assets.recovery.report import lines_of, show_plan, summary, to_json
from seniorlink_assets.schema_change import SchemaChange
from spark.contract import WHOLE, LandingColumn

REMARKS = landing_set(
    "app/remarks",
    description="One line per note.",
    format="csv",
    columns=[LandingColumn("id", "The note."), LandingColumn("noted_on", "The day.")],
    owners=["team:care"],
)
DAY, NEXT, THIRD = "2025-01-02", "2025-01-03", "2025-01-04"
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
FIRST_JOB = "SELECT id, noted_on FROM days WHERE id > 0"


@dataclass
class Care:
    """Notes by day, and all of them in one table above."""

    checkout: Checkout
    days: dg.AssetsDefinition
    everything: dg.AssetsDefinition

    def land(self, day: str, *ids: int) -> None:
        lines = [f"{number},{day}\n" for number in ids]
        self.checkout.land("app/remarks", day, remarks_csv="id,noted_on\n" + "".join(lines))

    def materialize_days(self, days: str = DAY) -> bool:
        return self.checkout.materialize(REMARKS, self.days, select=[self.days], days=days).success

    def materialize(self, days: str = DAY) -> None:
        assert self.materialize_days(days)
        assert self.checkout.materialize(
            self.days, self.everything, select=[self.everything]
        ).success

    def rewrite_everything(self, job: str) -> None:
        self.checkout.write_job("care/everything", job, ".sql")
        self.everything = self.checkout.declare(
            "care/everything", declaration("everything", "days"), days=self.days
        )

    def claim(self, run_id: str) -> None:
        """What is left of a step that has submitted a job for the table above."""
        entry = Entry("care/everything", "gone-1", {WHOLE: "f"}, run_id, "duckdb", "2025-01-02")
        assert self.checkout.environment.ledger.claim(entry) == []

    def plan(self, *days: str, allow_breaking: bool = False) -> Plan:
        known = [catalogue.known("care/everything"), catalogue.known("care/days")]
        environment = self.checkout.environment
        heard = DagsterHeard(self.checkout.instance, environment.home, known)
        return plan(known, days or (DAY,), environment, heard, allow_breaking=allow_breaking)

    def found(self, *days: str) -> list[tuple[str, str, str]]:
        """Name, state and reason of everything that is wrong."""
        return [
            (finding.key.removeprefix("care/"), finding.state, finding.reason)
            for finding in self.plan(*days).findings
        ]


def declaration(name: str, given: str, partition_by: str = "", checks: str = "") -> str:
    return DECLARATION.format(name=name, given=given, partition_by=partition_by, checks=checks)


@pytest.fixture
def care(tmp_path: Path) -> Iterator[Care]:
    checkout = Checkout.at(tmp_path, DuckDBLauncher())
    checkout.write_job("care/days", "SELECT id, noted_on FROM remarks", ".sql")
    checkout.write_job("care/everything", FIRST_JOB, ".sql")
    by_day = 'partition_by="noted_on",'
    days = checkout.declare("care/days", declaration("days", "remarks", by_day), remarks=REMARKS)
    above = checkout.declare("care/everything", declaration("everything", "days"), days=days)
    with checkout.instance:
        care = Care(checkout, days, above)
        care.land(DAY, 1, 2)
        yield care


def test_nothing_is_wrong_after_a_run(care):
    care.materialize()

    assert care.found() == []
    assert summary(care.plan()) == "Up to date: 2 assets, 2025-01-02 to 2025-01-02."


def test_everything_is_missing_before_the_first_run(care):
    found = care.plan()

    assert [(one.key, one.state, one.spark_job) for one in found.findings] == [
        ("care/days", "missing", "yes"),
        ("care/everything", "missing", "yes"),
    ]
    assert summary(found) == (
        "`seniorlink recover` takes 2 Spark jobs, in one run: 2 assets, 2025-01-02."
    )


def test_a_changed_file_makes_its_reader_stale_and_all_above_wait(care):
    care.materialize()

    care.land(DAY, 1, 2, 3)

    assert care.found() == [
        ("days", "stale", "landing/app/remarks changed"),
        ("everything", "waiting", "reads care/days"),
    ]
    assert [one.spark_job for one in care.plan().findings] == ["yes", "perhaps"]


def test_a_day_that_was_not_asked_for_yet_is_missing(care):
    care.materialize()

    care.land(NEXT, 4)

    assert care.found(DAY, NEXT) == [
        ("days", "missing", "nothing is published"),
        ("everything", "waiting", "reads care/days"),
    ]


def test_a_changed_job_makes_only_itself_and_its_readers_stale(care):
    care.materialize()

    care.rewrite_everything("SELECT id, noted_on FROM days WHERE id > 1")

    assert care.found() == [("everything", "stale", "code changed")]


def test_a_changed_contract_is_told_from_changed_code(care):
    care.materialize()

    checks = declaration("everything", "days", checks="newest_within(90)")
    care.checkout.declare("care/everything", checks, days=care.days)

    assert ("everything", "stale", "contract changed") in care.found()


def test_code_that_is_put_back_takes_no_spark_job(care):
    care.materialize()
    care.rewrite_everything("SELECT id, noted_on FROM days WHERE id > 1")
    care.materialize()

    care.rewrite_everything(FIRST_JOB)

    assert [(one.state, one.spark_job) for one in care.plan().findings] == [("stale", "no")]


def test_a_table_that_the_warehouse_lost_is_unloaded_and_its_readers_do_not_wait(care):
    care.materialize()

    (care.checkout.home / "warehouse.duckdb").unlink()

    assert care.found() == [
        ("days", "unloaded", "its destination does not hold it"),
        ("everything", "unloaded", "its destination does not hold it"),
    ]


def test_a_table_whose_snapshot_is_gone_is_missing(care):
    care.materialize()

    shutil.rmtree(care.checkout.environment.lake.storage.root / "snapshots" / "care" / "everything")

    assert care.found() == [("everything", "missing", "its snapshot is gone")]


def test_a_damaged_snapshot_blocks_its_table_and_says_what_to_delete(care):
    care.materialize()

    (file,) = (care.checkout.environment.lake.storage.root / "snapshots/care/days").rglob(
        "*.parquet"
    )
    file.unlink()

    days, everything = care.found()
    assert days[:2] == ("days", "blocked")
    assert "delete " in days[2]
    assert everything == ("everything", "waiting", "reads care/days, which is blocked")
    assert care.plan().recovered == []


def test_a_table_of_which_dagster_knows_nothing_is_unreported(care):
    care.materialize()

    care.checkout.instance.wipe_assets([dg.AssetKey(["care", "everything"])])

    assert care.found() == [("everything", "unreported", "Dagster has not heard of it")]


def test_a_table_that_has_aged_is_found_until_dagster_has_heard_of_it(care):
    aging = declaration("everything", "days", checks="newest_within(7)")
    care.everything = care.checkout.declare("care/everything", aging, days=care.days)
    care.materialize()
    assert care.found() == []

    care.checkout.instance.event_log_storage.wipe_asset(care.everything.key)
    told = care.found()

    assert [state for _, state, _ in told] == ["unreported"]


def test_a_failure_is_shown_with_its_sentence(care):
    care.checkout.write_job("care/days", "SELECT id FROM remarks, nowhere", ".sql")
    by_day = declaration("days", "remarks", 'partition_by="noted_on",')
    care.days = care.checkout.declare("care/days", by_day, remarks=REMARKS)

    assert not care.materialize_days()

    assert care.found()[0] == (
        "days",
        "failed",
        "DuckDB cannot run it (CatalogException)",
    )


def test_a_failure_whose_cause_has_changed_says_so(care):
    care.materialize()
    care.rewrite_everything("SELECT id FROM days, nowhere")
    care.checkout.materialize(care.days, care.everything, select=[care.everything])

    care.rewrite_everything("SELECT id, noted_on FROM days WHERE id > 1")

    assert care.found() == [
        (
            "everything",
            "failed",
            "DuckDB cannot run it (CatalogException); since then: code changed",
        )
    ]


def test_a_job_of_a_run_that_is_over_is_interrupted(care):
    care.materialize_days()

    care.claim("gone")

    assert care.found() == [
        ("everything", "interrupted", "run gone ended while its job was at work")
    ]
    assert care.plan().findings[0].recovered


def test_a_job_of_a_run_that_goes_on_is_left_alone(care):
    care.materialize_days()
    run = care.checkout.instance.create_run_for_job(
        dg.GraphDefinition("anything").to_job(), status=dg.DagsterRunStatus.STARTED
    )

    care.claim(run.run_id)

    (finding,) = care.plan().findings
    assert (finding.state, finding.recovered) == ("running", False)
    assert summary(care.plan()) == "Nothing of this can be recovered now."


def test_a_landing_day_that_is_missing_blocks_that_day_and_what_lies_below_it(care):
    care.materialize()
    care.land(THIRD, 5)

    found = care.plan(DAY, NEXT, THIRD)

    assert [(one.key, one.partition, one.state, one.recovered) for one in found.findings] == [
        ("care/days", NEXT, "blocked", False),
        ("care/days", THIRD, "missing", True),
        ("care/everything", WHOLE, "waiting", False),
    ]
    assert found.findings[0].reason.startswith("landing/app/remarks/2025-01-03 is missing in ")


def test_a_table_that_was_rolled_back_is_held_and_never_recovered(care):
    care.materialize()
    care.rewrite_everything("SELECT id, noted_on FROM days WHERE id > 1")
    care.materialize()
    lake = care.checkout.environment.lake
    first, second = lake.history("care/everything", WHOLE)

    lake.move_back("care/everything", second, first, [second.fingerprint])

    (finding,) = care.plan().findings
    assert (finding.state, finding.recovered) == ("held", False)


def test_days_in_a_row_with_the_same_reason_are_one_line(care):
    care.land(NEXT, 4)
    care.land(THIRD, 5)
    care.materialize(f"{DAY}...{THIRD}")

    for day in (NEXT, THIRD):
        care.land(day, 6, 7)

    (days, everything) = lines_of(care.plan(DAY, NEXT, THIRD))
    assert (days.partitions, days.state) == ("2025-01-03 to 2025-01-04", "stale")
    assert everything.partitions == ""


def test_the_plan_as_json_names_every_partition(care):
    care.land(NEXT, 4)
    care.materialize()

    told = to_json(care.plan(DAY, NEXT))

    assert told["days"] == [DAY, NEXT]
    assert told["partitions"][0] == {
        "key": "care/days",
        "partition": NEXT,
        "state": "missing",
        "reason": "nothing is published",
        "recovered": True,
        "spark_job": "yes",
    }
    assert told["runs"] == [{"keys": ["care/days", "care/everything"], "first": NEXT, "last": NEXT}]
    assert told["spark_jobs"] == {"least": 1, "most": 2}


DROPPED = SchemaChange("breaking", "the column mood (smallint) is dropped")
ADDED = SchemaChange("additive", "the column note (varchar(9)) is added", ("ALTER TABLE ...",))


def changing(care, **changes):
    warehouse = ChangingWarehouse(care.checkout.home, changes)
    environment = replace(care.checkout.environment, warehouse=warehouse)
    care.checkout = replace(care.checkout, environment=environment)


def test_what_would_break_readers_is_blocked_until_it_is_allowed(care):
    changing(care, **{"care/days": [ADDED, DROPPED]})

    days, everything = care.found()

    assert days == (
        "days",
        "blocked",
        "the column mood (smallint) is dropped: that may break its readers, so allow it with "
        "`seniorlink recover --allow-breaking`, or take it back in the declaration",
    )
    assert everything[1:] == ("missing", "nothing is published; reads care/days, which is blocked")
    assert care.plan().recovered == []
    assert {one.state for one in care.plan(allow_breaking=True).recovered} == {"missing"}


def test_a_table_that_is_up_to_date_is_not_blocked_by_what_would_break_it(care):
    care.materialize()

    changing(care, **{"care/days": [DROPPED]})
    found = care.found()
    care.checkout.instance.wipe_assets([care.days.key])

    assert found == []
    assert [state for _, state, _ in care.found()] == ["unreported"]


def test_schema_changes_are_shown_with_what_is_run(care):
    changing(care, **{"care/days": [ADDED], "care/everything": [ADDED, DROPPED]})
    console = Console(record=True, width=200, file=StringIO())

    show_plan(care.plan(), console)

    said = [" ".join(line.split()) for line in console.export_text().splitlines()]
    start = said.index("schema change kind what") + 1
    assert said[start : start + 6] == [
        "care/days additive the column note (varchar(9)) is added",
        "ALTER TABLE ...",
        "care/everything additive the column note (varchar(9)) is added",
        "by the new table that takes its place",
        "care/everything breaking the column mood (smallint) is dropped",
        "by the new table that takes its place",
    ]
    assert to_json(care.plan())["schema_changes"][:2] == [
        {
            "key": "care/days",
            "kind": "additive",
            "change": "the column note (varchar(9)) is added",
            "runs": ["ALTER TABLE ..."],
        },
        {
            "key": "care/everything",
            "kind": "additive",
            "change": "the column note (varchar(9)) is added",
            "runs": [],
        },
    ]


def test_what_is_asked_for_by_key_comes_with_its_readers(care):
    known = [catalogue.known("care/everything"), catalogue.known("care/days")]

    assert [table.key for table in with_readers({"care/days"}, known)] == [
        "care/days",
        "care/everything",
    ]
    assert [table.key for table in with_readers({"care/everything"}, known)] == ["care/everything"]
