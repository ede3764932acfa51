"""What every destination promises, whichever it is."""

import dataclasses
from datetime import date, datetime
from decimal import Decimal

import pytest

from assets_tests.destinations.places import PLACES
from assets_tests.destinations.publishing import kill_when_stopped, start_publishing
from assets_tests.destinations.snapshots import commit, inflate, versions, with_manifest
from seniorlink_assets.destination import DestinationError
from spark.contract import Column, Contract

STOPS = [(name, stop) for name, place in PLACES.items() for stop in place.stops]

EVERY_TYPE = (
    Column("row_id", "integer", "Which row of the test."),
    Column("small", "smallint", "A smallint.", nullable=True),
    Column("big", "bigint", "A bigint.", nullable=True),
    Column("amount_usd", "decimal(18, 4)", "A decimal.", nullable=True),
    Column("share", "double precision", "A double.", nullable=True),
    Column("is_open", "boolean", "A boolean.", nullable=True),
    Column("born_on", "date", "A date.", nullable=True),
    Column("seen_at", "timestamp", "A timestamp.", nullable=True),
    Column("body", "varchar(200)", "Text; it's quoted.", nullable=True),
)
VALUES = {
    "small": [-32768, 32767, None, 0],
    "big": [2**53 + 1, -(2**63) + 1, None, 0],
    "amount_usd": [Decimal("99999999999999.9999"), Decimal("-0.0001"), None, Decimal("0.0000")],
    "share": [0.1, -1e300, None, 0.0],
    "is_open": [True, False, None, False],
    "born_on": [date(1969, 12, 31), date(9999, 12, 31), None, date(1970, 1, 1)],
    "seen_at": [
        datetime.fromisoformat("2025-03-09 02:30:00.123456"),
        datetime.fromisoformat("1969-07-20 20:17:00"),
        None,
        datetime.fromisoformat("1970-01-01 00:00:00"),
    ],
    "body": ["Zoë Nguyễn 李 🙂", 'it\'s "quoted", a\\b, 50 %', None, ""],
}
ROWS = list(zip(range(4), *VALUES.values(), strict=True))
IN_PARQUET = [(*row[:7], f"{row[7]}+00" if row[7] else None, row[8]) for row in ROWS]


@pytest.fixture(params=PLACES)
def place(request, new_place):
    return new_place(request.param)


@pytest.fixture
def partitioned(place):
    if not place.has_partitions:
        pytest.skip("has_partitions: what is published here is one file, replaced whole")
    return place


@pytest.fixture
def on_disk(place):
    if not place.is_on_disk:
        pytest.skip("is_on_disk: what is published here lies on no disk of ours")
    return place


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "lake"


def contract(place, columns=None, *, by=None):
    columns = columns or (
        Column("noted_on", "date", "The day it is about."),
        Column("mood", "smallint", "1 to 5.", nullable=True),
    )
    return Contract(
        key="tableau/notes",
        kind=place.kind,
        grain="One row per note.",
        columns=tuple(columns),
        primary_key=(columns[0].name,),
        partition_by=by,
    )


def publish(place, notes, *snapshots, run_id="a run"):
    destination = place.destination()
    destination.publish(stage(place, notes, *snapshots), run_id)


def stage(place, notes, *snapshots):
    within_reach = [place.within_reach(snapshot) for snapshot in snapshots]
    return place.destination().stage(notes, within_reach, "a run")


MONDAY, TUESDAY = date(2025, 1, 6), date(2025, 1, 7)


def test_what_is_published_is_what_readers_see(place, lake):
    notes = contract(place)
    snapshot = commit(lake, notes, [(MONDAY, 3), (TUESDAY, None)])

    publish(place, notes, snapshot)

    assert place.rows(notes) == [(MONDAY, 3), (TUESDAY, None)]
    assert place.destination().released(notes) == versions(snapshot)


def test_nothing_is_released_where_nothing_was_ever_published(place):
    released = place.destination().released(contract(place))

    assert released == {}
    assert not place.folder.exists()


def test_a_second_version_replaces_the_first_wholly(place, lake):
    notes = contract(place)
    publish(place, notes, commit(lake, notes, [(MONDAY, 3), (TUESDAY, 4)]))
    second = commit(lake, notes, [(TUESDAY, 5)], version="v2")

    publish(place, notes, second)

    assert place.rows(notes) == [(TUESDAY, 5)]
    assert place.destination().released(notes) == versions(second)
    assert place.staged() == []


def test_a_version_may_have_other_columns_than_the_one_before(place, lake):
    old = contract(place)
    publish(place, old, commit(lake, old, [(MONDAY, 3)]))
    new = contract(place, [Column("mood", "varchar(9)", "In words."), old.columns[0]])

    publish(place, new, commit(lake, new, [("good", MONDAY)], version="v2"))

    assert place.rows(new) == [("good", MONDAY)]


def test_what_is_staged_is_not_seen(place, lake):
    notes = contract(place)
    first = commit(lake, notes, [(MONDAY, 3)])
    publish(place, notes, first)

    staged = stage(place, notes, commit(lake, notes, [(MONDAY, 1)], version="v2"))

    assert staged.rows == 1
    assert place.rows(notes) == [(MONDAY, 3)]
    assert place.destination().released(notes) == versions(first)


def test_every_type_arrives_exactly(place, lake):
    wide = contract(place, EVERY_TYPE)

    publish(place, wide, commit(lake, wide, IN_PARQUET))

    assert place.rows(wide) == ROWS


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu"])
def test_timestamps_are_utc_whatever_the_time_zone_of_the_machine(place, lake, zone):
    wide = contract(place, EVERY_TYPE)
    snapshot = commit(lake, wide, IN_PARQUET)

    with start_publishing(place, snapshot, wide, environment={"TZ": zone}) as process:
        said = process.stdout.read()

    assert said == "staged\npublished\n"
    assert place.rows(wide) == ROWS


def test_an_empty_snapshot_makes_an_empty_table(place, lake):
    wide = contract(place, EVERY_TYPE)
    publish(place, wide, commit(lake, wide, IN_PARQUET))
    empty = commit(lake, wide, [], version="v2")

    publish(place, wide, empty)

    assert place.destination().released(wide) == versions(empty)
    assert place.rows(wide) == []


def test_an_empty_snapshot_can_be_the_first(place, lake):
    wide = contract(place, EVERY_TYPE)
    empty = commit(lake, wide, [])

    publish(place, wide, empty)

    assert place.destination().released(wide) == versions(empty)
    assert place.rows(wide) == []


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ({"rows": 3}, "2 rows were loaded but its manifest promises 3"),
        ({"sums": {"mood": "8"}}, r"the sum of mood differs .* \(7 loaded, 8 promised\)"),
        ({"present": {"mood": 3}}, "2 values of mood were loaded but its manifest promises 3"),
    ],
    ids=["rows", "sums", "values"],
)
def test_a_load_that_disagrees_with_its_manifest_is_refused(place, lake, lie, told):
    notes = contract(place)
    first = commit(lake, notes, [(MONDAY, 1)])
    publish(place, notes, first)
    snapshot = commit(lake, notes, [(MONDAY, 3), (TUESDAY, 4)], version="v2")

    with pytest.raises(DestinationError, match=told):
        stage(place, notes, with_manifest(snapshot, **lie))

    assert place.rows(notes) == [(MONDAY, 1)]
    assert place.destination().released(notes) == versions(first)
    assert place.staged() == []


def test_a_refusal_does_not_tell_the_sum_of_a_protected_column(place, lake):
    columns = [
        Column("row_id", "integer", "A row."),
        Column("score", "integer", "A score.", phi="clinical"),
    ]
    scores = contract(place, columns)
    snapshot = with_manifest(commit(lake, scores, [(1, 4711)]), sums={"row_id": "1", "score": "1"})

    with pytest.raises(DestinationError, match="the sum of score differs") as refusal:
        stage(place, scores, snapshot)

    assert "4711" not in str(refusal.value)


def test_a_null_that_the_contract_forbids_is_refused(place, lake):
    loose = contract(place, [EVERY_TYPE[0], EVERY_TYPE[1]])
    snapshot = commit(lake, loose, [(1, None)])
    strict = contract(place, [EVERY_TYPE[0], Column("small", "smallint", "A smallint.")])

    with pytest.raises(DestinationError):
        stage(place, strict, snapshot)

    assert place.staged() == []


def test_a_file_of_another_type_than_the_contract_is_refused_without_a_value(place, lake):
    words = contract(place, [Column("noted_on", "varchar(40)", "A day."), EVERY_TYPE[1]])
    snapshot = commit(lake, words, [("Zoë was born in May", 3)])
    days = contract(place, [Column("noted_on", "date", "A day."), EVERY_TYPE[1]])

    with pytest.raises(DestinationError, match=r"(?i)noted_on is varchar") as refusal:
        stage(place, days, snapshot)

    assert "Zoë" not in str(refusal.value)
    assert place.staged() == []


def test_a_snapshot_whose_file_is_gone_is_refused(place, lake):
    notes = contract(place)
    snapshot = commit(lake, notes, [(MONDAY, 3)])
    for file in snapshot.files:
        (lake / file).unlink()

    with pytest.raises(DestinationError):
        stage(place, notes, snapshot)

    assert place.staged() == []


def test_a_question_changes_nothing(place, lake):
    if place.kind != "table":
        pytest.skip("kind: an extract is asked by Tableau alone")
    notes = contract(place)
    publish(place, notes, commit(lake, notes, [(MONDAY, 3)]))

    with pytest.raises(DestinationError):
        place.destination().query("DELETE FROM tableau.notes")

    assert place.destination().query("SELECT mood FROM tableau.notes") == [(3,)]


def test_discarding_leaves_nothing(place, lake):
    notes = contract(place)
    destination = place.destination()
    staged = stage(place, notes, commit(lake, notes, [(MONDAY, 3)]))

    destination.discard(staged)
    destination.discard(staged)

    assert place.staged() == []
    assert place.rows(notes) == []


def test_staging_again_drops_what_an_earlier_try_left(place, lake):
    notes = contract(place)
    destination = place.destination()
    stage(place, notes, commit(lake, notes, [(MONDAY, 1)]))

    destination.publish(
        stage(place, notes, commit(lake, notes, [(MONDAY, 3)], version="v2")),
        "a run",
    )

    assert place.rows(notes) == [(MONDAY, 3)]
    assert place.staged() == []


def test_a_refused_load_leaves_nothing_of_an_earlier_try_either(place, lake):
    notes = contract(place)
    stage(place, notes, commit(lake, notes, [(MONDAY, 1)]))
    snapshot = commit(lake, notes, [(MONDAY, 3)], version="v2")

    with pytest.raises(DestinationError):
        stage(place, notes, with_manifest(snapshot, rows=2))

    assert place.staged() == []


def test_what_an_earlier_try_left_is_named_and_can_be_discarded(place, lake):
    notes = contract(place)
    destination = place.destination()
    publish(place, notes, commit(lake, notes, [(MONDAY, 3)]))
    before = destination.leftovers(notes)
    stage(place, notes, commit(lake, notes, [(MONDAY, 1)], version="v2"))
    other = dataclasses.replace(notes, key="tableau/other_notes")

    found = place.destination().leftovers(notes)
    of_another = place.destination().leftovers(other)
    for leftover in found:
        place.destination().discard(leftover)

    assert (before, len(found), of_another) == ([], 1, [])
    assert place.staged() == []
    assert place.rows(notes) == [(MONDAY, 3)]


def test_nothing_is_left_where_nothing_was_ever_published(place):
    leftovers = place.destination().leftovers(contract(place))

    assert leftovers == []
    assert not place.folder.exists()


def test_an_earlier_version_can_be_published_again(place, lake):
    notes = contract(place)
    rejects = [("notes.csv", 3, "no day", "{}")]
    first = commit(lake, notes, [(MONDAY, 3), (TUESDAY, 4)], rejects=rejects)
    publish(place, notes, first)
    publish(place, notes, commit(lake, notes, [(TUESDAY, 5)], version="v2"))

    publish(place, notes, first)

    assert place.rows(notes) == [(MONDAY, 3), (TUESDAY, 4)]
    assert place.destination().released(notes) == versions(first)
    assert place.staged() == []


def test_what_was_staged_over_cannot_be_published(place, lake):
    notes = contract(place)
    destination = place.destination()
    early = stage(place, notes, commit(lake, notes, [(MONDAY, 1)]))
    stage(place, notes, commit(lake, notes, [(MONDAY, 3)], version="v2"))

    with pytest.raises(DestinationError, match="another run has staged"):
        destination.publish(early, "a run")

    assert place.rows(notes) == []


def test_publishing_twice_is_harmless(place, lake):
    notes = contract(place)
    destination = place.destination()
    snapshot = commit(lake, notes, [(MONDAY, 3)])
    staged = stage(place, notes, snapshot)

    destination.publish(staged, "a run")
    destination.publish(staged, "a run")

    assert place.rows(notes) == [(MONDAY, 3)]
    assert destination.released(notes) == versions(snapshot)


def test_an_unwritable_folder_is_told(on_disk, lake):
    place, notes = on_disk, contract(on_disk)
    snapshot = commit(lake, notes, [(MONDAY, 3)])
    place.folder.write_text("a file where the folder should be")

    with pytest.raises(DestinationError, match=r"published.*, then materialize again"):
        stage(place, notes, snapshot)


def test_a_full_disk_leaves_what_is_published(on_disk, lake):
    place, notes = on_disk, contract(on_disk)
    publish(place, notes, commit(lake, notes, [(MONDAY, 3)]))
    wide = contract(place, [*notes.columns, Column("body", "varchar(80)", "What was written.")])
    snapshot = inflate(commit(lake, wide, [(MONDAY, 4, "")], version="v2"), 500_000)

    with start_publishing(place, snapshot, wide, largest_file=4_000_000) as process:
        told = process.stdout.read()

    assert told.startswith(str(place.folder))
    assert told.endswith("again\n")
    assert place.rows(notes) == [(MONDAY, 3)]
    assert place.staged() == []


def test_replacing_a_day_leaves_the_others_alone(partitioned, lake):
    notes = contract(partitioned, by="noted_on")
    monday = commit(lake, notes, [(MONDAY, 3)], partition="2025-01-06")
    tuesday = commit(lake, notes, [(TUESDAY, 4)], partition="2025-01-07")
    publish(partitioned, notes, monday, tuesday)
    rows = [(TUESDAY, 1), (TUESDAY, 2)]
    second = commit(lake, notes, rows, partition="2025-01-07", version="v2")

    publish(partitioned, notes, second)

    assert partitioned.rows(notes) == [(MONDAY, 3), (TUESDAY, 1), (TUESDAY, 2)]
    assert partitioned.destination().released(notes) == versions(monday, second)


def test_an_earlier_version_of_a_day_can_be_published_again(partitioned, lake):
    notes = contract(partitioned, by="noted_on")
    monday = commit(lake, notes, [(MONDAY, 3)], partition="2025-01-06")
    tuesday = commit(lake, notes, [(TUESDAY, 4)], partition="2025-01-07")
    publish(partitioned, notes, monday, tuesday)
    publish(
        partitioned,
        notes,
        commit(lake, notes, [(TUESDAY, 1)], partition="2025-01-07", version="v2"),
    )

    publish(partitioned, notes, tuesday)

    assert partitioned.rows(notes) == [(MONDAY, 3), (TUESDAY, 4)]
    assert partitioned.destination().released(notes) == versions(monday, tuesday)


def test_a_day_can_become_empty(partitioned, lake):
    notes = contract(partitioned, by="noted_on")
    monday = commit(lake, notes, [(MONDAY, 3)], partition="2025-01-06")
    tuesday = commit(lake, notes, [(TUESDAY, 4)], partition="2025-01-07")
    publish(partitioned, notes, monday, tuesday)
    second = commit(lake, notes, [], partition="2025-01-07", version="v2")

    publish(partitioned, notes, second)

    assert partitioned.rows(notes) == [(MONDAY, 3)]
    assert partitioned.destination().released(notes) == versions(monday, second)


def test_days_are_reconciled_one_by_one(partitioned, lake):
    notes = contract(partitioned, by="noted_on")
    monday = commit(lake, notes, [(MONDAY, 3)], partition="2025-01-06")
    tuesday = commit(lake, notes, [(TUESDAY, 3)], partition="2025-01-07")

    with pytest.raises(DestinationError, match="2025-01-06: 1 rows were loaded"):
        stage(partitioned, notes, with_manifest(monday, rows=2), with_manifest(tuesday, rows=0))


def test_a_row_of_another_day_is_refused(partitioned, lake):
    notes = contract(partitioned, by="noted_on")
    snapshot = commit(lake, notes, [(MONDAY, 3), (TUESDAY, 4)], partition="2025-01-06")

    with pytest.raises(DestinationError, match=r"2025-01-06: 1 rows were loaded but .* promises 2"):
        stage(partitioned, notes, snapshot)


@pytest.mark.parametrize(("name", "stop"), STOPS)
def test_a_kill_in_the_middle_of_publishing_leaves_the_old_or_the_new(name, stop, new_place, lake):
    place = new_place(name)
    notes = contract(place)
    first = commit(lake, notes, [(MONDAY, 3)])
    second = commit(lake, notes, [(MONDAY, 1), (TUESDAY, 2)], version="v2")
    seen = {
        "old": ([(MONDAY, 3)], versions(first)),
        "new": ([(MONDAY, 1), (TUESDAY, 2)], versions(second)),
    }
    publish(place, notes, first)

    kill_when_stopped(start_publishing(place, second, notes, stop=stop))

    _, _, expected = place.stops[stop]
    assert (place.rows(notes), place.destination().released(notes)) == seen[expected]
    publish(place, notes, second)
    assert (place.rows(notes), place.destination().released(notes)) == seen["new"]
    assert place.staged() == []
