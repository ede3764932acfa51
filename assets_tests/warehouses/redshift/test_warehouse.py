"""What Redshift does for a table beyond what every destination promises."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from assets_tests.destinations.snapshots import with_manifest
from assets_tests.warehouses.redshift.dwh import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    in_every_isolation,
    notes,
)
from seniorlink_assets.destination import DestinationError
from spark.contract import Column

BODY = Column("body", "super", "What was said.", nullable=True)
SCORE = Column("score", "integer", "0 to 100.", nullable=True)


def copies(redshift):
    return [sql for _, _, sql in redshift.statements if "COPY" in sql]


def test_files_go_from_the_lake_to_redshift_by_a_manifest(dwh, redshift):
    table = notes()

    staged = dwh.stage(table, dwh.commit(table, [(MONDAY, 3)]))

    (copy,) = copies(redshift)
    assert copy.startswith("/* seniorlink run=a run asset=care/notes */ COPY ")
    assert f"s3://lake/{dwh.prefix}/loads/care/notes/" in copy
    assert copy.endswith("FORMAT AS PARQUET MANIFEST STATUPDATE ON")
    assert staged.figures["files copied"] == 1


def test_a_load_leaves_no_manifest_in_the_lake(dwh):
    table = notes()

    dwh.publish(table, dwh.commit(table, [(MONDAY, 3)], rejects=[("notes.csv", 3, "no day", "{}")]))

    left = dwh.s3.list_objects_v2(Bucket="lake", Prefix=f"{dwh.prefix}/loads/")
    assert "Contents" not in left


def test_json_becomes_super(dwh):
    table = notes(columns=(*notes().columns, BODY))
    told = json.dumps({"words": ["good", "day"]})

    dwh.publish(table, dwh.commit(table, [(MONDAY, 3, told), (TUESDAY, 4, None)]))

    assert [body for *_, body in dwh.place.rows(table)] == [json.loads(told), None]
    assert dwh.place.staged() == []


def test_nothing_is_copied_of_an_empty_snapshot(dwh, redshift):
    table = notes(columns=(*notes().columns, BODY))

    dwh.publish(table, dwh.commit(table, []))

    assert copies(redshift) == []
    assert dwh.place.rows(table) == []
    assert dwh.warehouse.released(table) != {}


def test_a_count_of_values_that_differs_from_the_manifest_is_refused(dwh):
    table = notes()
    snapshot = with_manifest(dwh.commit(table, [(MONDAY, None)]), present={"mood": 1})

    with pytest.raises(DestinationError, match=r"0 values of mood were loaded but .* promises 1"):
        dwh.stage(table, snapshot)

    assert dwh.place.staged() == []


def test_releases_are_numbered_and_name_their_partitions(dwh):
    table = notes(partition_by="noted_on")
    first = [dwh.day(table, MONDAY, 1), dwh.day(table, TUESDAY, 2)]
    dwh.publish(table, *first)

    second = dwh.day(table, TUESDAY, 3)
    dwh.publish(table, second)

    assert dwh.releases(table) == [
        (1, MONDAY, first[0].version, True),
        (1, TUESDAY, first[1].version, True),
        (2, TUESDAY, second.version, False),
    ]


def test_the_releases_of_many_tables_are_one_question(dwh, redshift):
    tables = [notes(key=f"care/notes_{number}") for number in range(5)]
    versions = {}
    for table in tables[:3]:
        snapshot = dwh.commit(table, [(MONDAY, 3)])
        dwh.publish(table, snapshot)
        versions[table.key] = {"all": snapshot.version}
    redshift.statements.clear()

    found = dwh.warehouse.releases(tables)

    assert found == {**versions, "care/notes_3": {}, "care/notes_4": {}}
    assert len([sql for _, _, sql in redshift.statements if "SELECT" in sql]) == 2


@in_every_isolation
def test_tables_are_published_side_by_side(dwh):
    tables = [notes(key=f"care/notes_{number}") for number in range(4)]
    snapshots = [dwh.commit(table, [(MONDAY, number)]) for number, table in enumerate(tables)]

    with ThreadPoolExecutor(4) as pool:
        [*pool.map(dwh.publish, tables, snapshots)]

    assert [dwh.moods(table) for table in tables] == [[(MONDAY, number)] for number in range(4)]


def test_a_live_table_that_somebody_dropped_is_loaded_again(dwh):
    table = notes()
    snapshot = dwh.commit(table, [(MONDAY, 3)])
    dwh.publish(table, snapshot)
    dwh.ask("DROP TABLE care.notes")
    assert dwh.warehouse.released(table) == {}

    dwh.publish(table, snapshot)

    assert dwh.moods(table) == [(MONDAY, 3)]


def test_what_others_were_granted_outlives_a_swap(dwh, redshift):
    table = notes()
    dwh.publish(table, dwh.commit(table, [(MONDAY, 3)]))
    with_driver = redshift.connect(dwh.place.settings["SENIORLINK_REDSHIFT_DATABASE"])
    dwh.ask("DROP ROLE IF EXISTS analyst")
    dwh.ask("CREATE ROLE analyst")
    with_driver.close()
    dwh.ask("GRANT SELECT, UPDATE ON care.notes TO analyst")

    dwh.publish(table, dwh.commit(table, [(TUESDAY, 4)]))

    assert dwh.ask(
        "SELECT has_table_privilege('analyst', 'care.notes', 'SELECT'), "
        "has_table_privilege('analyst', 'care.notes', 'UPDATE'), "
        "has_table_privilege('analyst', 'care.notes', 'DELETE')"
    ) == [(True, True, False)]
    dwh.ask("DROP OWNED BY analyst")
    dwh.ask("DROP ROLE analyst")


def test_a_table_that_a_view_binds_to_gets_other_rows(dwh):
    table = notes()
    dwh.publish(table, dwh.commit(table, [(MONDAY, 3)]))
    dwh.ask("CREATE VIEW care.bound AS SELECT * FROM care.notes")

    dwh.publish(table, dwh.commit(table, [(TUESDAY, 4)]))

    assert dwh.ask("SELECT mood FROM care.bound") == [(4,)]
    assert [whole for *_, whole in dwh.releases(table)] == [True, True]


def test_a_table_that_a_view_binds_to_cannot_change_its_columns(dwh):
    table = notes()
    dwh.publish(table, dwh.commit(table, [(MONDAY, 3)]))
    dwh.ask("CREATE VIEW care.bound AS SELECT * FROM care.notes")
    changed = notes(columns=(table.columns[0],))

    with pytest.raises(DestinationError, match=r"the column mood .* by care\.bound"):
        dwh.publish(changed, dwh.commit(changed, [(TUESDAY,)]))

    assert dwh.moods(table) == [(MONDAY, 3)]


def test_a_new_column_is_added_for_one_day(dwh):
    table = notes(partition_by="noted_on")
    dwh.publish(table, dwh.day(table, MONDAY, 1), dwh.day(table, TUESDAY, 2))
    wider = replace(table, columns=(*table.columns, SCORE))

    dwh.publish(wider, dwh.commit(wider, [(TUESDAY, 5, 80)], partition=TUESDAY))

    assert [row[1:] for row in dwh.place.rows(wider)] == [(1, None), (5, 80)]


def test_a_column_that_needs_another_table_needs_all_its_days(dwh):
    table = notes(partition_by="noted_on")
    dwh.publish(table, dwh.day(table, MONDAY, 1), dwh.day(table, TUESDAY, 2))
    fewer = replace(table, columns=(table.columns[0],))

    with pytest.raises(DestinationError, match="all of its 2 partitions in one run"):
        dwh.publish(fewer, dwh.commit(fewer, [(TUESDAY,)], partition=TUESDAY))

    dwh.publish(
        fewer,
        dwh.commit(fewer, [(MONDAY,)], partition=MONDAY),
        dwh.commit(fewer, [(TUESDAY,)], partition=TUESDAY),
    )
    assert len(dwh.place.rows(fewer)) == 2


def test_rejects_are_those_of_the_days_that_are_live(dwh):
    table = notes(partition_by="noted_on")
    first = [("monday.csv", 3, "no day", "{}")]
    dwh.publish(
        table,
        dwh.day(table, MONDAY, 1, rejects=first),
        dwh.day(table, TUESDAY, 2, rejects=[("tuesday.csv", 4, "no mood", "{}")]),
        dwh.day(table, WEDNESDAY, 2),
    )

    dwh.publish(table, dwh.day(table, TUESDAY, 2, rejects=[("again.csv", 5, "no mood", "{}")]))

    assert dwh.warehouse.rejects(table, 10) == [
        (MONDAY, "monday.csv", 3, "no day", "{}"),
        (TUESDAY, "again.csv", 5, "no mood", "{}"),
    ]
    dwh.publish(table, *(dwh.day(table, day, 1) for day in (MONDAY, TUESDAY, WEDNESDAY)))
    assert dwh.warehouse.rejects(table, 10) == []


def test_table_and_columns_say_what_they_mean_from_the_first_release_on(dwh):
    table = notes(partition_by="noted_on")

    dwh.publish(table, dwh.day(table, MONDAY, 1), dwh.day(table, TUESDAY, 1))

    assert meanings(dwh) == ["One row per note.", "The day it is about. [phi: date]", "1 to 5."]


def test_a_new_meaning_is_said_after_the_release_of_a_day(dwh):
    table = notes(partition_by="noted_on")
    dwh.publish(table, dwh.day(table, MONDAY, 1), dwh.day(table, TUESDAY, 1))
    day, mood = table.columns
    table = replace(table, columns=(day, replace(mood, meaning="1 (hard) to 5 (good); it's \\s.")))
    staged = dwh.publish(table, dwh.day(table, TUESDAY, 2))

    warnings = dwh.warehouse.housekeep(staged, "a run")

    assert warnings == []
    assert meanings(dwh)[-1] == "1 (hard) to 5 (good); it's \\s."


def meanings(dwh):
    found = dwh.ask(
        "SELECT description FROM pg_description WHERE objoid = 'care.notes'::regclass "
        "ORDER BY objsubid"
    )
    return [text for (text,) in found]


def test_a_question_is_answered(dwh):
    table = notes()
    dwh.publish(table, dwh.commit(table, [(MONDAY, 3)]))

    assert dwh.warehouse.query("SELECT mood, 'a;b' -- and ; more\n FROM care.notes;") == [
        (3, "a;b")
    ]


def test_a_question_cannot_write(dwh, redshift):
    with pytest.raises(DestinationError, match="Only a question can be asked"):
        dwh.warehouse.query("DELETE FROM care.notes")

    assert redshift.statements == []


def test_the_place_is_told_as_people_call_it(dwh):
    database = dwh.place.settings["SENIORLINK_REDSHIFT_DATABASE"]

    assert dwh.warehouse.location(notes()) == f"care.notes in {database} on dwh"
