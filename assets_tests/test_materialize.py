"""The five steps: what is published, what is computed again, and what a failure leaves behind."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import dagster as dg
import pytest

from assets_tests.checkout import Checkout, failure
from assets_tests.duckdb_launcher import DuckDBLauncher
from seniorlink_assets import catalogue
from seniorlink_assets import materialize as steps
from seniorlink_assets.destination import Staged
from seniorlink_assets.lake import Lake
from seniorlink_assets.landing import landing_set
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.materialize import RECOMPUTE_TAG
from seniorlink_assets.warehouses.base import Warehouse
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import LandingColumn

NOTES = landing_set(
    "app/notes",
    description="One line per note.",
    format="csv",
    columns=[
        LandingColumn("id", "The note."),
        LandingColumn("noted_on", "The day."),
        LandingColumn("mood", "1 to 5."),
    ],
    owners=["team:care"],
)
MOODS = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range, keeps_rows_of

moods = redshift_table(
    "care/moods",
    description="One row per note.",
    columns=[
        Column("id", "bigint", "The note."),
        Column("noted_on", "date", "Its day."),
        Column("mood", "smallint", "1 to 5.", nullable=True),
    ],
    primary_key=["id"],
    partition_by="noted_on",
    inputs=[notes],
    checks=[keeps_rows_of("notes"), in_range("mood", 1, 5)],
    owners=["team:care"],
)
"""
MOODS_SQL = """
SELECT cast(id AS bigint) AS id, cast(noted_on AS date) AS noted_on, cast(mood AS smallint) AS mood
FROM notes
"""
TOTALS = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

totals = redshift_table(
    "care/totals",
    description="One row per mood.",
    columns=[
        Column("mood", "smallint", "1 to 5."),
        Column("notes", "bigint", "Notes with it."),
    ],
    primary_key=["mood"],
    inputs=[moods],
    owners=["team:care"],
)
"""
TOTALS_SQL = "SELECT mood, count(*) AS notes FROM moods GROUP BY mood"
DAY, NEXT, THIRD = "2025-01-02", "2025-01-03", "2025-01-04"


@dataclass
class Care:
    """Daily moods from landed notes, and totals above them."""

    checkout: Checkout
    launcher: DuckDBLauncher
    moods: dg.AssetsDefinition
    totals: dg.AssetsDefinition

    def land(self, day: str, *moods: int, first_id: int = 1, name: str = "notes_csv") -> None:
        number = int(day[-2:]) * 100 + first_id
        lines = [f"{number + n},{day},{mood}\n" for n, mood in enumerate(moods)]
        self.checkout.land("app/notes", day, **{name: "id,noted_on,mood\n" + "".join(lines)})

    def materialize(self, days: str = DAY, **tags: str) -> dg.ExecuteInProcessResult:
        return self.checkout.materialize(
            NOTES, self.moods, select=[self.moods], days=days, tags=tags
        )

    def materialize_totals(self) -> dg.ExecuteInProcessResult:
        return self.checkout.materialize(self.moods, self.totals, select=[self.totals])

    def published(self) -> list[tuple]:
        """What readers of the warehouse see: the last digit of the day, and the mood."""
        return self.checkout.environment.warehouse.query(
            "SELECT day(noted_on), mood FROM care.moods ORDER BY ALL"
        )

    def pointer(self, day: str = DAY) -> Any:
        return self.checkout.environment.lake.published("care/moods", day)

    def staged(self) -> list[str]:
        return self.checkout.environment.warehouse.query(
            "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%staging%'"
        )

    def jobs(self, key: str = "care/moods") -> int:
        return self.checkout.spark_jobs(key)

    def log(self, result: dg.ExecuteInProcessResult) -> list[str]:
        return [event.user_message for event in self.checkout.instance.all_logs(result.run_id)]

    def with_warehouse(self, warehouse: Warehouse) -> "Care":
        environment = replace(self.checkout.environment, warehouse=warehouse)
        return replace(self, checkout=replace(self.checkout, environment=environment))

    def declare_moods(self, source: str = MOODS) -> None:
        self.moods = self.checkout.declare("care/moods", source, notes=NOTES)


@pytest.fixture
def care(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Care]:
    monkeypatch.setattr(catalogue, "_by_key", {**catalogue._by_key})
    launcher = DuckDBLauncher()
    checkout = Checkout.at(tmp_path, launcher)
    checkout.write_job("care/moods", MOODS_SQL, ".sql")
    checkout.write_job("care/totals", TOTALS_SQL, ".sql")
    moods = checkout.declare("care/moods", MOODS, notes=NOTES)
    totals = checkout.declare("care/totals", TOTALS, moods=moods)
    with checkout.instance:
        yield Care(checkout, launcher, moods, totals)


class Died(Exception):
    """What a test throws into a step."""


class DyingWarehouse(Warehouse):
    """A warehouse whose step dies at one moment, once."""

    def __init__(self, real: DuckDBWarehouse, moment: str) -> None:
        self.real, self.moment = real, moment

    @property
    def place(self):
        return self.real.place

    def rejects_table(self, contract):
        return self.real.rejects_table(contract)

    def released(self, contract):
        return self.real.released(contract)

    def query(self, sql):
        return self.real.query(sql)

    def stage(self, contract, snapshots, run_id) -> Staged:
        self._at("before load")
        staged = self.real.stage(contract, snapshots, run_id)
        self._at("after load")
        return staged

    def publish(self, staged, run_id):
        self._at("before publish")
        self.real.publish(staged, run_id)
        self._at("after publish")

    def discard(self, staged):
        self.real.discard(staged)

    def _at(self, moment: str) -> None:
        if moment == self.moment:
            raise Died(moment)


def run_and_die(care: Care, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    when, _, step = moment.partition(" ")
    dying = care
    with monkeypatch.context() as patched:
        if step in ("resolve", "compute", "audit"):
            real = getattr(steps, step)

            def died(*arguments):
                if when == "before":
                    raise Died(moment)
                real(*arguments)
                raise Died(moment)

            patched.setattr(steps, step, died)
        elif step == "pointer":

            def refuse(*arguments):
                raise Died(moment)

            patched.setattr(Lake, "publish", refuse)
        else:
            dying = care.with_warehouse(DyingWarehouse(care.checkout.environment.warehouse, moment))
        assert not dying.materialize().success


@pytest.mark.parametrize(
    ("moment", "computes"),
    [
        ("before resolve", False),
        ("after resolve", False),
        ("before compute", False),
        ("after compute", True),
        ("before audit", True),
        ("after audit", True),
        ("before load", True),
        ("after load", True),
        ("before publish", True),
    ],
)
def test_a_step_that_dies_leaves_what_is_published_and_the_next_run_completes(
    care, monkeypatch, moment, computes
):
    care.land(DAY, 3, 4)
    care.materialize()
    before = care.pointer()
    care.land(DAY, 5)

    run_and_die(care, moment, monkeypatch)
    jobs = care.jobs()
    found = care.published(), care.pointer()
    again = care.materialize()

    assert found == ([(2, 3), (2, 4)], before)
    assert jobs == (2 if computes else 1)
    assert again.success
    assert (care.published(), care.staged(), care.jobs()) == ([(2, 5)], [], 2)


def test_what_was_staged_and_not_published_is_dropped_at_once(care, monkeypatch):
    care.land(DAY, 3)
    care.materialize()
    care.land(DAY, 5)

    run_and_die(care, "before publish", monkeypatch)

    assert care.staged() == []


@pytest.mark.parametrize("moment", ["after publish", "before pointer"])
def test_a_pointer_that_did_not_follow_the_warehouse_is_moved_by_the_next_run(
    care, monkeypatch, moment
):
    care.land(DAY, 3, 4)
    care.materialize()
    before = care.pointer()
    care.land(DAY, 5)

    run_and_die(care, moment, monkeypatch)
    found = care.published(), care.pointer()
    again = care.materialize()

    assert found == ([(2, 5)], before)
    assert again.success
    assert (care.published(), care.pointer().rows) == ([(2, 5)], 1)
    assert care.pointer().place != before.place
    assert (care.staged(), care.jobs()) == ([], 2)


@pytest.mark.parametrize(("moment", "jobs"), [("before_job", 3), ("after_job", 2)])
def test_a_job_that_dies_is_repeated_unless_it_had_committed(care, moment, jobs):
    care.land(DAY, 3)
    care.materialize()
    before = care.pointer()
    care.land(DAY, 5)

    def die(job):
        raise Died(job.attempt)

    setattr(care.launcher, moment, die)
    failed = care.materialize()
    found = care.published(), care.pointer()
    care.launcher = DuckDBLauncher()
    care.checkout = care.checkout.using(care.launcher)
    again = care.materialize()

    assert (failed.success, again.success) == (False, True)
    assert found == ([(2, 3)], before)
    assert (care.published(), care.staged(), care.jobs()) == ([(2, 5)], [], jobs)


def test_nothing_is_computed_or_loaded_when_nothing_has_changed(care):
    care.land(DAY, 3)
    care.materialize()

    again = care.materialize()

    assert again.success
    assert care.jobs() == 1
    assert "Nothing it is made from has changed: no Spark job is submitted" in care.log(again)
    assert [line for line in care.log(again) if line.startswith("Loading")] == []
    assert metadata_of(again)["state"].value == "unchanged"
    assert metadata_of(again)["spark jobs"].value == 0


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    (event,) = result.get_asset_materialization_events()
    return dict(event.materialization.metadata)


def test_a_changed_landing_file_recomputes_its_day_only(care):
    for day in (DAY, NEXT, THIRD):
        care.land(day, 3)
    care.materialize(f"{DAY}...{THIRD}")
    care.land(NEXT, 5)

    care.materialize(f"{DAY}...{THIRD}")

    assert [job.partitions for job in care.launcher.jobs] == [[DAY, NEXT, THIRD], [NEXT]]
    assert care.published() == [(2, 3), (3, 5), (4, 3)]


def test_a_late_file_is_added_to_its_day(care):
    care.land(DAY, 3)
    care.materialize()
    care.land(DAY, 4, first_id=50, name="late_csv")

    care.materialize()

    assert care.published() == [(2, 3), (2, 4)]
    assert care.jobs() == 2


def test_changed_code_of_the_job_is_run(care):
    care.land(DAY, 3)
    care.materialize()
    care.checkout.write_job("care/moods", MOODS_SQL.replace("cast(mood", "cast(5"), ".sql")
    care.declare_moods()

    care.materialize()

    assert care.published() == [(2, 5)]
    assert care.jobs() == 2


def test_a_changed_contract_is_computed(care):
    care.land(DAY, 3)
    care.materialize()
    care.declare_moods(MOODS.replace('"smallint"', '"integer"'))

    care.materialize()

    assert care.jobs() == 2
    assert care.checkout.environment.warehouse.query("SELECT typeof(mood) FROM care.moods") == [
        ("INTEGER",)
    ]


def test_changed_prose_computes_nothing(care):
    care.land(DAY, 3)
    care.materialize()
    care.declare_moods(MOODS.replace("One row per note.", "A row a note.").replace("1 to 5", "1-5"))

    care.materialize()

    assert care.jobs() == 1


def test_the_recompute_tag_computes_what_has_not_changed(care):
    care.land(DAY, 3)
    care.materialize()

    again = care.materialize(**{RECOMPUTE_TAG: "true"})

    assert again.success
    assert care.jobs() == 2
    assert len(care.checkout.environment.lake.all_published("care/moods")) == 1


def test_an_input_that_was_recomputed_to_the_same_rows_recomputes_nothing(care):
    care.land(DAY, 3, 4)
    care.materialize()
    care.materialize_totals()
    care.materialize(**{RECOMPUTE_TAG: "true"})

    care.materialize_totals()

    assert (care.jobs("care/moods"), care.jobs("care/totals")) == (2, 1)


def test_a_range_is_one_job_that_commits_each_day_by_itself(care):
    care.land(DAY, 3)
    care.land(NEXT, 4)
    care.materialize(f"{DAY}...{NEXT}")

    published = care.checkout.environment.lake.all_published("care/moods")

    assert care.jobs() == 1
    assert {day: pointer.rows for day, pointer in published.items()} == {DAY: 1, NEXT: 1}
    assert published[DAY].place != published[NEXT].place


def test_one_day_of_a_range_can_be_recomputed_alone(care):
    care.land(DAY, 3)
    care.land(NEXT, 4)
    care.materialize(f"{DAY}...{NEXT}")
    before = care.pointer(NEXT)

    care.materialize(DAY, **{RECOMPUTE_TAG: "true"})

    assert [job.partitions for job in care.launcher.jobs] == [[DAY, NEXT], [DAY]]
    assert care.pointer(NEXT) == before
    assert care.published() == [(2, 3), (3, 4)]


def test_a_day_that_fails_a_blocking_check_does_not_hold_up_the_others(care):
    for day, mood in ((DAY, 3), (NEXT, 4), (THIRD, 5)):
        care.land(day, mood)
    care.materialize(f"{DAY}...{THIRD}")
    before = care.pointer(NEXT)
    for day, mood in ((DAY, 1), (NEXT, 9), (THIRD, 2)):
        care.land(day, mood)

    failed = care.materialize(f"{DAY}...{THIRD}")

    assert failure(failed) == (
        f"care/moods {NEXT} is not published, for mood_is_in_range: 1 of 1 rows break it"
    )
    assert care.published() == [(2, 1), (3, 4), (4, 2)]
    assert care.pointer(NEXT) == before
    events = failed.get_asset_materialization_events()
    assert [event.partition for event in events] == [DAY, THIRD]
    assert [event.materialization.metadata["state"].value for event in events] == ["published"] * 2
    assert events[0].materialization.tags == {"dagster/data_version": care.pointer(DAY).content}
    checks = {given.check_name: given for given in failed.get_asset_check_evaluations()}
    assert not checks["mood_is_in_range"].passed
    assert checks["mood_is_in_range"].metadata["which days fail"].value == NEXT
    assert checks["primary_key_is_unique"].passed


def test_a_refused_day_is_judged_again_without_a_spark_job(care):
    care.land(DAY, 9)
    care.materialize()

    again = care.materialize()

    assert "mood_is_in_range" in failure(again)
    assert care.jobs() == 1
    assert care.pointer() is None


def test_the_data_version_is_the_content(care):
    care.land(DAY, 3)

    result = care.materialize()

    (event,) = result.get_asset_materialization_events()
    assert event.materialization.tags["dagster/data_version"] == care.pointer().content


def test_a_materialization_tells_what_was_published_and_where_it_came_from(care):
    care.land(DAY, 3, 4)

    shown = {name: given.value for name, given in metadata_of(care.materialize()).items()}

    pointer, home = care.pointer(), care.checkout.home
    assert shown == {
        "dagster/partition_row_count": 2,
        "rejects": 0,
        "reject reasons": {},
        "drops": {},
        "bytes": pointer.bytes,
        "state": "published",
        "spark jobs": 1,
        "seconds of Spark": 0.25,
        "spark settings": {},
        "version": pointer.content,
        "code version": care.launcher.jobs[0].code_version,
        "fingerprint": pointer.fingerprint,
        "snapshot": str(home / "lake" / pointer.place),
        "published in": f"care.moods in {home / 'warehouse.duckdb'}",
    }


def test_every_day_of_a_range_tells_its_own_numbers(care):
    care.land(DAY, 3)
    care.land(NEXT, 4, 5)

    result = care.materialize(f"{DAY}...{NEXT}")

    assert {
        event.partition: event.materialization.metadata["dagster/partition_row_count"].value
        for event in result.get_asset_materialization_events()
    } == {DAY: 1, NEXT: 2}


def test_a_whole_table_tells_its_row_count(care):
    care.land(DAY, 3, 4)
    care.materialize()

    assert metadata_of(care.materialize_totals())["dagster/row_count"].value == 2


def test_a_day_without_rows_is_published_empty(care):
    care.land(DAY)

    result = care.materialize()

    assert result.success
    assert care.pointer().rows == 0
    assert care.published() == []


@pytest.mark.parametrize(
    "month", ["2025-03-08 2025-03-09 2025-03-10", "2025-11-01 2025-11-02 2025-11-03"]
)
def test_the_day_the_clocks_change_is_a_day_like_any_other(care, month):
    first, changing, last = month.split()
    for day in (first, changing, last):
        care.land(day, 3)

    ranged = care.materialize(f"{first}...{last}")
    alone = care.materialize(changing)

    assert ranged.success
    assert alone.success
    assert [job.partitions for job in care.launcher.jobs] == [[first, changing, last]]
    assert [*care.checkout.environment.lake.all_published("care/moods")] == month.split()


def test_a_whole_table_reads_every_published_day_of_a_daily_one(care):
    for day in (DAY, NEXT):
        care.land(day, 3)
        care.materialize(day)

    result = care.materialize_totals()

    assert result.success
    assert [*care.launcher.jobs[-1].inputs["moods"].partitions] == [DAY, NEXT]
    assert care.checkout.environment.warehouse.query("FROM care.totals") == [(3, 2)]


def test_a_table_whose_input_is_not_published_says_which(care):
    result = care.materialize_totals()

    assert failure(result) == (
        "care/totals: it reads care/moods, of which nothing is published; materialize that first"
    )


def test_a_day_whose_input_has_not_landed_says_which(care):
    care.land(DAY, 3)

    result = care.materialize(NEXT)

    assert failure(result).startswith(f"care/moods: landing/app/notes/{NEXT} is missing in ")


def test_pointers_of_a_time_when_the_table_had_no_days_are_passed_over(care):
    care.land(DAY, 3)
    care.declare_moods(MOODS.replace('    partition_by="noted_on",\n', ""))
    assert care.checkout.materialize(NOTES, care.moods, select=[care.moods]).success
    care.declare_moods(
        MOODS.replace('keeps_rows_of("notes")', "newest_within(2)").replace(
            "in_range, keeps_rows_of", "in_range, newest_within"
        )
    )

    assert care.materialize().success
    assert care.materialize_totals().success
    assert [*care.launcher.jobs[-1].inputs["moods"].partitions] == [DAY]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"current": {"files": []}}'])
def test_a_pointer_that_is_none_says_so(care, content):
    care.land(DAY, 3)
    care.materialize()
    path = care.checkout.home / "lake" / "published" / "care" / "moods" / f"{DAY}.json"
    path.write_text(content)

    sentence = failure(care.materialize())

    assert sentence.startswith(f"care/moods: {path} is not a published pointer (")
    assert sentence.endswith("); delete it and materialize the partition again")
    path.unlink()
    assert care.materialize().success


def test_a_pointer_without_history_is_not_published_over(care):
    care.land(DAY, 3)
    care.materialize()
    path = care.checkout.home / "lake" / "published" / "care" / "moods" / f"{DAY}.json"
    path.write_text(json.dumps({"current": json.loads(path.read_text())["current"]}))
    care.land(DAY, 5)

    assert "is not a published pointer (KeyError)" in failure(care.materialize())
    assert care.published() == [(2, 3)]


def manifest_of(care: Care, day: str = DAY) -> Path:
    return care.checkout.home / "lake" / care.pointer(day).place / "manifest.json"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_manifest_that_is_none_says_so(care, content):
    care.land(DAY, 3)
    care.materialize()
    path = manifest_of(care)
    path.write_text(content)

    sentence = failure(care.materialize())

    assert sentence.startswith(f"care/moods: {path} is not a manifest (")
    assert sentence.endswith("delete its folder to have the partition computed again")
    assert care.published() == [(2, 3)]


@pytest.mark.parametrize(
    "foreign", [{"key": "care/others"}, {"partition": NEXT}, {"fingerprint": "0123456789abcdef"}]
)
def test_a_manifest_of_something_else_is_not_published(care, foreign):
    care.land(DAY, 3)
    care.materialize()
    path = manifest_of(care)
    path.write_text(json.dumps({**json.loads(path.read_text()), **foreign}))
    (care.checkout.home / "warehouse.duckdb").unlink()

    sentence = failure(care.materialize())

    assert f"{care.pointer().place} in {care.checkout.home / 'lake'} is of " in sentence
    assert sentence.endswith("; delete it and materialize again")
    assert not (care.checkout.home / "warehouse.duckdb").exists()


def test_a_snapshot_whose_data_is_gone_says_so(care):
    care.land(DAY, 3)
    care.materialize()
    (file,) = (care.checkout.home / "lake" / care.pointer().place).glob("*.parquet")
    file.unlink()

    assert f"{file} is missing or has another size" in failure(care.materialize())


def test_a_lost_warehouse_is_loaded_from_the_lake(care):
    care.land(DAY, 3)
    care.land(NEXT, 4)
    care.materialize(f"{DAY}...{NEXT}")
    (care.checkout.home / "warehouse.duckdb").unlink()

    result = care.materialize(f"{DAY}...{NEXT}")

    assert result.success
    assert care.published() == [(2, 3), (3, 4)]
    assert care.jobs() == 1


@pytest.fixture
def other(care: Care) -> Iterator[Care]:
    """The same place as another run sees it, with a Dagster of its own."""
    launcher = DuckDBLauncher()
    with dg.DagsterInstance.ephemeral() as instance:
        checkout = replace(care.checkout.using(launcher), instance=instance)
        yield replace(care, checkout=checkout, launcher=launcher)


def test_a_home_that_was_copied_to_another_place_goes_on_without_a_spark_job(care, tmp_path):
    care.land(DAY, 3)
    care.materialize()
    care.materialize_totals()
    copied = shutil.copytree(care.checkout.home, tmp_path / "elsewhere")
    shutil.rmtree(care.checkout.home)

    environment = care.checkout.environment
    moved = replace(
        environment, home=copied, warehouse=DuckDBWarehouse(copied / "warehouse.duckdb")
    )
    care.checkout = replace(care.checkout, environment=moved)
    again, totals = care.materialize(), care.materialize_totals()

    assert again.success
    assert totals.success
    assert len(care.launcher.jobs) == 2
    assert care.published() == [(2, 3)]


def test_of_two_runs_that_compute_a_day_at_once_the_first_to_publish_wins(care, other):
    care.land(DAY, 3)
    care.materialize()
    care.land(DAY, 5)

    def overtake(job):
        care.land(DAY, 4)
        assert other.materialize().success

    care.launcher.after_job = overtake
    late = care.materialize()

    assert failure(late) == (
        f"care/moods {DAY} was published by another run meanwhile; "
        "materialize again to decide between the two"
    )
    assert (care.published(), care.staged()) == ([(2, 4)], [])
    assert care.pointer().fingerprint == other.launcher.jobs[0].fingerprints[DAY]


class MeetingWarehouse(DyingWarehouse):
    """A warehouse that has published, and calls somebody before the pointers move."""

    def __init__(self, real: DuckDBWarehouse, call: Any) -> None:
        super().__init__(real, "after publish")
        self.call = call

    def _at(self, moment: str) -> None:
        if moment == self.moment:
            self.call()


def test_warehouse_and_lake_never_come_from_two_runs(care, other):
    care.land(DAY, 3)
    care.materialize()
    care.land(DAY, 5)
    real = care.checkout.environment.warehouse
    first_is_done, second_has_published = Event(), Event()
    results = []

    def publish_in_between():
        second_has_published.set()
        first_is_done.wait(10)

    second = other.with_warehouse(MeetingWarehouse(real, publish_in_between))
    thread = Thread(target=lambda: results.append(second.materialize(**{RECOMPUTE_TAG: "true"})))

    def start_the_second():
        thread.start()
        second_has_published.wait(1.5)

    first = care.with_warehouse(MeetingWarehouse(real, start_the_second))
    results.append(first.materialize(**{RECOMPUTE_TAG: "true"}))
    first_is_done.set()
    thread.join()

    live = real.query(
        "SELECT arg_max(version, release_id) FROM seniorlink.releases WHERE key = 'care/moods'"
    )
    assert any(result.success for result in results)
    assert live == [(care.pointer().place.rpartition("/")[2],)]
    assert care.staged() == []


def test_runs_of_two_days_at_once_both_publish(care, other):
    care.land(DAY, 3)
    care.land(NEXT, 4)
    care.launcher.after_job = lambda job: other.materialize(NEXT)

    result = care.materialize(DAY)

    assert result.success
    assert care.published() == [(2, 3), (3, 4)]


def test_spark_and_the_stand_in_commit_alike(care):
    for day, moods in ((DAY, (3, 4)), (NEXT, (5,))):
        care.land(day, *moods)
    care.materialize(f"{DAY}...{NEXT}")
    stand_in = [json.loads(manifest_of(care, day).read_text()) for day in (DAY, NEXT)]
    care.checkout = care.checkout.using(LocalLauncher("512m", cores=1))

    result = care.materialize(f"{DAY}...{NEXT}", **{RECOMPUTE_TAG: "true"})

    assert result.success, failure(result)
    spark = [json.loads(manifest_of(care, day).read_text()) for day in (DAY, NEXT)]
    same = ("key", "partition", "fingerprint", "code_version", "spark_version", "rows", "rejects",
            "inputs", "violations", "sums", "newest")  # fmt: skip
    assert [[given[name] for name in same] for given in spark] == [
        [given[name] for name in same] for given in stand_in
    ]
    assert care.published() == [(2, 3), (2, 4), (3, 5)]
    assert care.materialize(f"{DAY}...{NEXT}").success
    assert care.jobs() == 2
