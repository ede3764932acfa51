"""What the DuckDB warehouse promises beyond what every destination does."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

from assets_tests.destinations.places import DuckDBPlace
from assets_tests.destinations.publishing import start_publishing
from assets_tests.destinations.snapshots import commit, versions
from assets_tests.warehouses.redshift.golden_files import contracts
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import WHOLE, Column, Contract
from spark.contract.objects import tables_read

DAY = Column("noted_on", "date", "The day it's about.")
MOOD = Column("mood", "smallint", "1 to 5.", nullable=True)
NOTES = Contract("care/notes", "table", "One row per note.", (DAY, MOOD), ("noted_on",))
BY_DAY = replace(NOTES, partition_by="noted_on")
MONDAY, TUESDAY = date(2025, 1, 6), date(2025, 1, 7)


@pytest.fixture
def place(tmp_path):
    return DuckDBPlace(tmp_path / "home")


@pytest.fixture
def warehouse(place):
    return DuckDBWarehouse(place.file, patience=0.0)


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "lake"


def publish(warehouse, contract, *snapshots, run_id="a run"):
    warehouse.publish(warehouse.stage(contract, snapshots, run_id), run_id)


def day(lake, contract, noted_on, *moods, version="v1", **more):
    rows = [(noted_on, mood) for mood in moods]
    return commit(lake, contract, rows, partition=str(noted_on), version=version, **more)


def test_the_table_has_the_contracts_columns_types_and_meanings(warehouse, lake):
    columns = (
        Column("assessment_id", "bigint", "The assessment."),
        Column("amount_usd", "decimal(38, 10)", "What it cost.", nullable=True),
        Column("answers", "super", "What was answered; it's nested.", nullable=True),
    )
    contract = Contract("clinical/assessments", "table", "One each.", columns, ("assessment_id",))
    amount = Decimal("1234567890123456789012345678.0123456789")

    publish(warehouse, contract, commit(lake, contract, [(1, amount, '{"q": [1, "é"]}')]))

    described = warehouse.query(
        "SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns() "
        "WHERE schema_name = 'clinical' AND table_name = 'assessments'"
    )
    assert described == [
        ("assessment_id", "BIGINT", False, "The assessment."),
        ("amount_usd", "DECIMAL(38,10)", True, "What it cost."),
        ("answers", "JSON", True, "What was answered; it's nested."),
    ]
    answered = warehouse.query("SELECT amount_usd, answers->>'$.q[1]' FROM clinical.assessments")
    assert answered == [(amount, "é")]


def test_malformed_json_is_refused_without_telling_it(warehouse, lake):
    columns = (DAY, Column("answers", "super", "What was answered."))
    contract = replace(NOTES, columns=columns)
    snapshot = commit(lake, contract, [(MONDAY, "{'Zoë': 1}")])

    with pytest.raises(DestinationError, match="ConversionException") as refusal:
        warehouse.stage(contract, [snapshot], "a run")

    assert "Zoë" not in f"{refusal.value} {refusal.value.__cause__}"


def test_the_sums_of_wide_decimals_are_compared_to_the_last_digit(warehouse, lake):
    columns = (DAY, Column("amount_usd", "decimal(38, 2)", "What it cost."))
    contract = replace(NOTES, columns=columns)
    snapshot = commit(
        lake, contract, [(MONDAY, Decimal("123456789012345678901234567890123456.78"))]
    )
    sums = {"amount_usd": "123456789012345678901234567890123456.79"}
    lying = replace(snapshot, manifest=replace(snapshot.manifest, sums=sums))

    with pytest.raises(DestinationError, match="the sum of amount_usd differs"):
        warehouse.stage(contract, [lying], "a run")


def test_rejects_stand_beside_the_table_and_are_replaced_with_their_partition(warehouse, lake):
    late = ("landing/notes/a.csv", 3, "mood is not a smallint", '{"mood": "good"}')
    torn = ("landing/notes/b.csv", 9, "the line is broken", None)
    publish(
        warehouse,
        BY_DAY,
        day(lake, BY_DAY, MONDAY, 3, rejects=[late]),
        day(lake, BY_DAY, TUESDAY, 4, rejects=[torn, late]),
    )
    both = warehouse.rejects(BY_DAY, 10)

    publish(warehouse, BY_DAY, day(lake, BY_DAY, TUESDAY, 4, version="v2", rejects=[torn]))

    assert both == [("2025-01-06", *late), ("2025-01-07", *late), ("2025-01-07", *torn)]
    assert warehouse.rejects(BY_DAY, 10) == [("2025-01-06", *late), ("2025-01-07", *torn)]
    assert warehouse.rejects(BY_DAY, 1) == [("2025-01-06", *late)]


def test_rejects_that_an_earlier_runner_wrote_are_of_their_partition_too(warehouse, lake):
    late = ("a.csv", 7, "noted_on is missing", "{}")
    given = day(lake, BY_DAY, MONDAY, 3, rejects=[late])
    (file,) = given.reject_files
    duckdb.sql(f"COPY (SELECT * EXCLUDE partition FROM '{file}') TO '{file}' (FORMAT parquet)")

    publish(warehouse, BY_DAY, given)

    assert warehouse.rejects(BY_DAY, 10) == [("2025-01-06", *late)]


def test_there_are_no_rejects_where_nothing_was_published(warehouse):
    assert warehouse.rejects(NOTES, 10) == []


def test_every_release_is_remembered(warehouse, lake):
    publish(warehouse, NOTES, commit(lake, NOTES, [(MONDAY, 3)]), run_id="first")
    rejects = [("a.csv", 1, "torn", None)]
    second = commit(lake, NOTES, [(MONDAY, 3), (TUESDAY, 4)], version="v2", rejects=rejects)

    publish(warehouse, NOTES, second, run_id="second")

    releases = warehouse.query(
        "SELECT key, partition, version, manifest, rows, rejects, run_id, "
        "abs(date_diff('minute', released_at, now()::TIMESTAMP)) < 5 "
        "FROM seniorlink.releases ORDER BY release_id DESC"
    )
    assert [release[6] for release in releases] == ["second", "first"]
    assert releases[0] == ("care/notes", WHOLE, second.version, second.place, 2, 1, "second", True)


def test_a_table_that_was_dropped_by_hand_is_not_released(warehouse, place, lake):
    publish(warehouse, BY_DAY, day(lake, BY_DAY, MONDAY, 3), day(lake, BY_DAY, TUESDAY, 4))
    with duckdb.connect(place.file) as connection:
        connection.execute("DROP TABLE care.notes")
    dropped = warehouse.released(BY_DAY)

    again = day(lake, BY_DAY, TUESDAY, 5, version="v2")
    publish(warehouse, BY_DAY, again)

    assert dropped == {}
    assert warehouse.released(BY_DAY) == versions(again)


def test_a_declared_view_is_made_with_the_table_and_anew_with_every_release(warehouse, lake):
    viewed = replace(NOTES, views={"reporting.moods": "SELECT max(mood) AS mood FROM care.notes"})
    publish(warehouse, viewed, commit(lake, viewed, [(MONDAY, 3)]))
    before = warehouse.query("FROM reporting.moods")

    counted = replace(viewed, views={"reporting.moods": "SELECT count(*) AS n FROM care.notes"})
    rows = [(MONDAY, 3), (TUESDAY, 4)]
    publish(warehouse, counted, commit(lake, counted, rows, version="v2"))

    assert (before, warehouse.query("FROM reporting.moods")) == ([(3,)], [(2,)])


def test_every_view_of_the_catalogue_is_one_for_duckdb_too(warehouse, lake):
    catalogue = contracts()
    viewed = [contract for contract in catalogue.values() if contract.views]
    views = {view: text for contract in viewed for view, text in contract.views.items()}
    read = {table for text in views.values() for table in tables_read(text)}

    for name in sorted(read, key=lambda name: catalogue[name.replace(".", "/")] in viewed):
        contract = catalogue[name.replace(".", "/")]
        publish(warehouse, contract, commit(lake, contract, []))

    assert views
    assert [warehouse.query(f"FROM {view}") for view in views] == [[] for _ in views]


def test_a_view_shows_the_new_version(warehouse, place, lake):
    publish(warehouse, NOTES, commit(lake, NOTES, [(MONDAY, 3)]))
    with duckdb.connect(place.file) as connection:
        connection.execute("CREATE VIEW care.moods AS SELECT mood FROM care.notes")

    publish(warehouse, NOTES, commit(lake, NOTES, [(MONDAY, 5)], version="v2"))

    assert warehouse.query("FROM care.moods") == [(5,)]


def test_a_new_nullable_column_is_added_to_the_other_days(warehouse, lake):
    publish(warehouse, BY_DAY, day(lake, BY_DAY, MONDAY, 3), day(lake, BY_DAY, TUESDAY, 4))
    body = Column("body", "varchar(9)", "What was written.", nullable=True)
    wider = replace(BY_DAY, columns=(DAY, body, MOOD))

    rows = [(TUESDAY, "tired", 2)]
    publish(warehouse, wider, commit(lake, wider, rows, partition="2025-01-07", version="v2"))

    kept = warehouse.query("SELECT noted_on, body, mood FROM care.notes ORDER BY ALL")
    assert kept == [(MONDAY, None, 3), (TUESDAY, "tired", 2)]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            (DAY, replace(MOOD, type="integer")),
            "the column mood is SMALLINT in the table but INTEGER in the contract",
        ),
        (
            (DAY, replace(MOOD, nullable=False)),
            "the column mood is SMALLINT in the table but SMALLINT NOT NULL in the contract",
        ),
        (
            (DAY, MOOD, Column("score", "integer", "A score.")),
            "the column score is missing in the table but INTEGER NOT NULL in the contract",
        ),
        ((DAY,), "the column mood is SMALLINT in the table but missing in the contract"),
    ],
    ids=["type", "not null", "added", "removed"],
)
def test_another_change_of_columns_needs_all_days(warehouse, place, lake, columns, told):
    publish(warehouse, BY_DAY, day(lake, BY_DAY, MONDAY, 3), day(lake, BY_DAY, TUESDAY, 4))
    changed = replace(BY_DAY, columns=columns)
    values = (2, 7)[: len(columns) - 1]
    monday, tuesday = (
        commit(lake, changed, [(noted_on, *values)], partition=str(noted_on), version="v2")
        for noted_on in (MONDAY, TUESDAY)
    )

    with pytest.raises(DestinationError, match=f"{told}; materialize all of its 2 partitions"):
        publish(warehouse, changed, tuesday)

    assert place.rows(BY_DAY) == [(MONDAY, 3), (TUESDAY, 4)]
    publish(warehouse, changed, monday, tuesday)
    assert place.rows(changed) == [(MONDAY, *values), (TUESDAY, *values)]
    assert warehouse.released(changed) == versions(monday, tuesday)


def test_a_table_that_becomes_partitioned_starts_anew(warehouse, place, lake):
    publish(warehouse, NOTES, commit(lake, NOTES, [(MONDAY, 3), (TUESDAY, 4)]))
    tuesday = day(lake, BY_DAY, TUESDAY, 5)

    publish(warehouse, BY_DAY, tuesday)

    assert place.rows(BY_DAY) == [(TUESDAY, 5)]
    assert warehouse.released(BY_DAY) == versions(tuesday)


def test_days_from_before_a_table_was_replaced_whole_are_history(warehouse, place, lake):
    publish(warehouse, BY_DAY, day(lake, BY_DAY, MONDAY, 3))
    publish(warehouse, NOTES, commit(lake, NOTES, [(MONDAY, 3), (TUESDAY, 4)]))
    tuesday = day(lake, BY_DAY, TUESDAY, 5)

    publish(warehouse, BY_DAY, tuesday)

    assert place.rows(BY_DAY) == [(TUESDAY, 5)]
    assert warehouse.released(BY_DAY) == versions(tuesday)


def test_ten_years_of_days_are_published_in_one_go(warehouse, lake):
    first = day(lake, BY_DAY, MONDAY, 3)
    days = [
        replace(
            first,
            manifest=replace(
                first.manifest,
                partition=str(MONDAY + timedelta(days=number)),
                files=first.manifest.files if number == 0 else (),
                rows=1 if number == 0 else 0,
                sums=first.manifest.sums if number == 0 else {},
            ),
        )
        for number in range(3650)
    ]

    publish(warehouse, BY_DAY, *days)
    publish(warehouse, BY_DAY, *days[1:])

    assert warehouse.released(BY_DAY) == versions(*days)
    assert warehouse.query("SELECT count(*) FROM care.notes") == [(1,)]


def test_six_processes_load_at_the_same_time(place, lake):
    contracts = [replace(NOTES, key=f"care/notes_{number}") for number in range(6)]
    processes = [
        start_publishing(place, commit(lake, contract, [(MONDAY, number)]), contract)
        for number, contract in enumerate(contracts)
    ]

    said = [process.communicate()[0] for process in processes]

    assert said == ["staged\npublished\n"] * 6
    assert [place.rows(contract) for contract in contracts] == [
        [(MONDAY, number)] for number in range(6)
    ]


def test_readers_never_see_half_a_swap(place, lake):
    warehouse = place.destination()
    publish(warehouse, NOTES, commit(lake, NOTES, [(MONDAY, 1)] * 2))
    second = commit(lake, NOTES, [(MONDAY, 2)] * 3, version="v2")
    seen = []

    with start_publishing(place, second, NOTES) as process:
        while process.poll() is None:
            seen += warehouse.query("SELECT list(mood) FROM care.notes")
    seen += warehouse.query("SELECT list(mood) FROM care.notes")

    assert {tuple(moods) for (moods,) in seen} <= {(1, 1), (2, 2, 2)}
    assert seen[-1] == ([2, 2, 2],)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_program_that_holds_the_file_is_named(warehouse, place, lake, read_only):
    publish(warehouse, NOTES, commit(lake, NOTES, [(MONDAY, 3)]))
    snapshot = commit(lake, NOTES, [(MONDAY, 4)], version="v2")
    holding = (
        "import duckdb, sys; held = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == 'True'); "
        "print('held', flush=True); sys.stdin.read()"
    )

    with subprocess.Popen(
        [sys.executable, "-c", holding, str(place.file), str(read_only)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        holder.stdout.readline()
        with pytest.raises(DestinationError) as refusal:
            warehouse.stage(NOTES, [snapshot], "a run")

    assert f"held open by {os.path.realpath(sys.executable)} (PID {holder.pid})" in str(
        refusal.value
    )
    assert str(refusal.value).endswith("close it, then materialize again")
    publish(warehouse, NOTES, snapshot)
    assert place.rows(NOTES) == [(MONDAY, 4)]


def test_a_file_that_is_not_a_warehouse_is_told(warehouse, place, lake):
    place.folder.mkdir()
    place.file.write_text("noted_on,mood\n" * 1000)

    with pytest.raises(DestinationError, match="is not a DuckDB file; move it away"):
        warehouse.stage(NOTES, [commit(lake, NOTES, [(MONDAY, 3)])], "a run")


def test_a_question_to_no_warehouse_is_answered_and_creates_nothing(warehouse, place):
    with pytest.raises(DestinationError, match="is no warehouse yet; materialize a table"):
        warehouse.query("SELECT 1")

    assert not place.folder.exists()


def test_a_long_load_draws_no_bar_into_the_output_of_a_run(warehouse, lake):
    publish(warehouse, NOTES, commit(lake, NOTES, [(MONDAY, 3)]))

    assert warehouse.query("SELECT current_setting('enable_progress_bar')") == [(False,)]


def test_a_wrong_question_is_told_in_one_line(warehouse, lake):
    publish(warehouse, NOTES, commit(lake, NOTES, [(MONDAY, 3)]))

    with pytest.raises(DestinationError, match="Table with name nope does not exist") as refusal:
        warehouse.query("SELECT * FROM nope")

    assert "\n" not in str(refusal.value)


def test_a_question_cannot_write(warehouse, lake):
    publish(warehouse, NOTES, commit(lake, NOTES, [(MONDAY, 3)]))

    with pytest.raises(DestinationError):
        warehouse.query("DELETE FROM care.notes")

    assert warehouse.query("SELECT mood FROM care.notes") == [(3,)]
