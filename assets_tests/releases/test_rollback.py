"""A rollback brings an earlier release back to readers, whole or not at all."""

import dataclasses
import json

import dagster as dg
import pytest

from assets_tests.releases.released import (
    DAY,
    EXTRACT,
    MEANS,
    MOODS,
    NEXT,
    ON_BOTH,
    SMOOTH,
    TABLES,
    TOTALS,
    VISITS,
    Home,
)
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.extracts.folder import ExtractFolder
from seniorlink_assets.lake import Lake
from seniorlink_assets.ledger import Entry
from seniorlink_assets.releases.rollback import Request, roll_back
from seniorlink_assets.sentence import SentenceError
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import WHOLE

ONE_DAY = Request("care/moods", (DAY,))
AND_BELOW = Request("care/moods", (DAY,), with_downstream=True)


def run(home: Home, request: Request = ONE_DAY) -> list[str]:
    """The partitions that moved."""
    return [move.name for move in roll_back(request, TABLES, home.environment, home.instance)]


def refused(home: Home, request: Request = ONE_DAY) -> str:
    with pytest.raises(SentenceError) as error:
        run(home, request)
    return str(error.value)


@ON_BOTH
def test_a_day_goes_back_to_the_release_before(home):
    first = home.release(MOODS, 1, 2, day=DAY)
    home.release(MOODS, 3, day=NEXT)
    second = home.release(MOODS, 4, day=DAY)

    moved = run(home)

    live = home.live(MOODS, DAY)
    assert moved == [f"care/moods {DAY}"]
    assert home.moods(MOODS) == [1, 2, 3]
    assert (live.place, live.content, live.rows) == (first.place, first.content, 2)
    assert live.rolled_back_from == second.version
    assert home.environment.warehouse.released(MOODS.contract)[DAY] == first.version


def test_a_whole_table_goes_back_to_the_release_before(home):
    home.release(TOTALS, 1, 2)
    home.release(TOTALS, 3)

    run(home, Request("care/totals"))

    assert home.moods(TOTALS) == [1, 2]


def test_an_extract_goes_back_to_the_release_before(home):
    first = home.release(EXTRACT, 1, 2)
    home.release(EXTRACT, 3)

    run(home, Request("tableau/moods"))

    assert home.moods(EXTRACT) == [1, 2]
    assert home.environment.extracts.released(EXTRACT.contract) == {WHOLE: first.version}


def test_what_was_rolled_back_from_is_remembered_until_it_is_published_again(home):
    home.release(MOODS, 1, day=DAY)
    snapshot = home.commit(MOODS, 2, day=DAY)
    second = home.publish(MOODS, snapshot)

    run(home)
    held = home.live(MOODS, DAY).withdrawn
    home.release(MOODS, 3, day=DAY)
    still = home.live(MOODS, DAY).withdrawn
    home.publish(MOODS, snapshot)

    assert (held, still) == ((second.fingerprint,), (second.fingerprint,))
    assert home.live(MOODS, DAY).withdrawn == ()


def test_of_one_fingerprint_the_attempt_that_was_rolled_back_from_is_remembered(home):
    home.release(MOODS, 1, day=DAY, fingerprint="f" * 16)
    home.release(MOODS, 2, day=DAY, fingerprint="f" * 16)

    run(home)

    assert home.live(MOODS, DAY).withdrawn == ("f" * 16,)


def test_a_second_rollback_goes_further_back(home):
    home.release(MOODS, 1, day=DAY)
    home.release(MOODS, 2, day=DAY)
    home.release(MOODS, 3, day=DAY)

    run(home)
    run(home)

    assert home.moods(MOODS) == [1]


def test_what_was_rolled_back_from_is_no_default_even_after_another_release(home):
    home.release(MOODS, 1, day=DAY)
    home.release(MOODS, 2, day=DAY)
    run(home)
    home.release(MOODS, 3, day=DAY)

    run(home)

    assert home.moods(MOODS) == [1]


def test_a_version_can_be_named_and_brought_back_again(home):
    first = home.release(MOODS, 1, day=DAY)
    home.release(MOODS, 2, day=DAY)
    third = home.release(MOODS, 3, day=DAY)

    run(home, dataclasses.replace(ONE_DAY, version=first.version[:8]))
    back = home.moods(MOODS)
    run(home, dataclasses.replace(ONE_DAY, version=third.version))

    assert (back, home.moods(MOODS)) == ([1], [3])
    assert third.fingerprint not in home.live(MOODS, DAY).withdrawn


def test_all_partitions_go_back_at_once(home):
    for mood in (1, 2):
        home.release(MOODS, mood, day=DAY)
        home.release(MOODS, mood, day=NEXT)

    moved = run(home, Request("care/moods", all_partitions=True))

    assert moved == [f"care/moods {DAY}", f"care/moods {NEXT}"]
    assert home.moods(MOODS) == [1, 1]


def test_dagster_hears_of_it(home):
    first = home.release(MOODS, 1, day=DAY)
    second = home.release(MOODS, 2, day=DAY)

    run(home)

    event = home.instance.get_latest_materialization_event(MOODS.asset_key)
    assert event is not None
    told = event.asset_materialization
    assert told is not None
    metadata = {name: value.value for name, value in told.metadata.items()}
    assert (told.partition, told.tags["dagster/data_version"]) == (DAY, first.content)
    assert metadata["state"] == "rolled back"
    assert (metadata["rolled back from"], metadata["rolled back to"]) == (
        second.version,
        first.version,
    )


@ON_BOTH
def test_all_below_goes_back_to_what_was_made_before(home):
    for mood in (1, 2):
        for table in (MOODS, SMOOTH, VISITS):
            home.release(table, mood, day=DAY)
            home.release(table, mood, day=NEXT)
        for table in (TOTALS, MEANS, EXTRACT):
            home.release(table, mood)

    moved = run(home, AND_BELOW)

    assert moved == [
        f"care/moods {DAY}",
        "care/totals",
        "care/means",
        f"care/smooth {DAY}",
        "tableau/moods",
    ]
    assert [home.moods(table) for table in (MOODS, SMOOTH)] == [[1, 2], [1, 2]]
    assert [home.moods(table) for table in (TOTALS, MEANS, EXTRACT)] == [[1], [1], [1]]
    assert home.moods(VISITS) == [2, 2]


def test_a_reader_is_not_held_for_it_follows_what_it_reads(home):
    for mood in (1, 2):
        home.release(MOODS, mood, day=DAY)
        home.release(TOTALS, mood)

    run(home, AND_BELOW)

    assert len(home.live(MOODS, DAY).withdrawn) == 1
    assert home.live(TOTALS).withdrawn == ()


def test_what_was_made_before_the_withdrawn_release_stays(home):
    home.release(MOODS, 1, day=DAY)
    home.release(TOTALS, 1)
    home.release(TOTALS, 2)
    home.release(MOODS, 3, day=DAY)

    moved = run(home, AND_BELOW)

    assert moved == [f"care/moods {DAY}"]
    assert home.moods(TOTALS) == [2]


def test_what_was_made_from_the_same_rows_stays(home):
    home.release(MOODS, 1, day=DAY)
    home.release(MOODS, 1, day=DAY)
    home.release(TOTALS, 1)

    moved = run(home, AND_BELOW)

    assert moved == [f"care/moods {DAY}"]


def test_a_reader_follows_what_it_reads_and_not_what_that_reads(home):
    home.release(MOODS, 1, day=DAY)
    home.release(TOTALS, 1)
    home.release(MEANS, 1)
    home.release(MOODS, 2, day=DAY)
    home.release(MEANS, 2)
    home.release(TOTALS, 3)
    home.release(MEANS, 3)

    run(home, AND_BELOW)

    assert [home.moods(table) for table in (MOODS, TOTALS, MEANS)] == [[1], [1], [2]]


def test_what_was_made_after_an_earlier_rollback_counts_as_made_from_that(home):
    home.release(MOODS, 1, day=DAY)
    home.release(MOODS, 2, day=DAY)
    home.release(TOTALS, 2)
    run(home)
    home.release(TOTALS, 1)
    home.release(MOODS, 3, day=DAY)
    home.release(TOTALS, 3)

    run(home, AND_BELOW)

    assert [home.moods(table) for table in (MOODS, TOTALS)] == [[1], [1]]


def test_a_reader_does_not_go_to_what_it_was_itself_rolled_back_from(home):
    home.release(MOODS, 1, day=DAY)
    home.release(TOTALS, 1)
    home.release(TOTALS, 2)
    home.release(MOODS, 3, day=DAY)
    run(home, Request("care/totals"))

    moved = run(home, AND_BELOW)

    assert moved == [f"care/moods {DAY}"]
    assert home.moods(TOTALS) == [1]


def test_a_clock_that_jumps_back_does_not_change_what_was_made_from_what(home, monkeypatch):
    home.release(MOODS, 1, day=DAY)
    home.release(TOTALS, 1)
    home.release(MOODS, 2, day=DAY)
    monkeypatch.setattr("time.time_ns", lambda: 1)
    home.release(TOTALS, 2)

    run(home, AND_BELOW)

    assert home.moods(TOTALS) == [1]


def test_pointers_from_before_there_was_a_sequence_are_told_apart_by_their_times(home):
    for number, (table, day, mood) in enumerate(
        [(MOODS, DAY, 1), (TOTALS, WHOLE, 1), (MOODS, DAY, 2), (TOTALS, WHOLE, 2)]
    ):
        home.release(table, mood, day=day)
        make_older(home, table.key, day, f"2025-01-02T00:00:0{number}+00:00")

    run(home, AND_BELOW)

    assert [home.moods(table) for table in (MOODS, TOTALS)] == [[1], [1]]


def make_older(home: Home, key: str, partition: str, published_at: str) -> None:
    """The newest release as it was written when pointers said less."""
    name, storage = f"published/{key}/{partition}.json", home.lake.storage
    pointer = json.loads(storage.read(name).content)
    for release in (pointer["current"], pointer["history"][-1]):
        release["published_at"] = published_at
        for name in ("made_from", "withdrawn", "sequence", "rolled_back_from"):
            release.pop(name, None)
    storage.put(name, json.dumps(pointer).encode())


def test_a_reader_that_has_nothing_to_go_back_to_is_named_and_nothing_changes(home):
    home.release(MOODS, 1, day=DAY)
    second = home.release(MOODS, 2, day=DAY)
    home.release(TOTALS, 2)
    before = home.seen(MOODS, TOTALS)

    sentence = refused(home, AND_BELOW)

    assert sentence == (
        f"care/totals has no release from before care/moods {DAY} {second.version[:8]} was "
        "published; roll back without --with-downstream, then materialize care/totals"
    )
    assert home.seen(MOODS, TOTALS) == before


@ON_BOTH
def test_a_reader_whose_earlier_files_are_gone_is_named_and_nothing_changes(home):
    home.release(MOODS, 1, day=DAY)
    gone = home.release(TOTALS, 1)
    home.release(MOODS, 2, day=DAY)
    home.release(TOTALS, 2)
    home.lake.storage.remove([gone.files[0].path])
    before = home.seen(MOODS, TOTALS)

    sentence = refused(home, AND_BELOW)

    assert sentence == (
        f"care/totals cannot go back to {gone.version}, whose files are not in the lake any more; "
        "choose another release that `seniorlink history care/totals` shows"
    )
    assert home.seen(MOODS, TOTALS) == before


def test_a_reader_that_cannot_be_loaded_stops_all_before_anything_moves(home, monkeypatch):
    release_all_twice(home)
    before = home.seen(MOODS, TOTALS, EXTRACT)

    def refuse(*arguments):
        raise DestinationError("the disk is full; make room, then materialize again")

    monkeypatch.setattr(ExtractFolder, "stage", refuse)
    sentence = refused(home, AND_BELOW)

    assert sentence.startswith("nothing is rolled back: the disk is full")
    assert home.seen(MOODS, TOTALS, EXTRACT) == before
    assert staged(home) == []


def test_a_release_of_another_contract_is_refused_and_nothing_changes(home):
    for mood in (1, 2):
        home.release(TOTALS, mood)
    words = dataclasses.replace(TOTALS.contract.columns[1], type="varchar(9)")
    contract = dataclasses.replace(TOTALS.contract, columns=(TOTALS.contract.columns[0], words))
    changed = dataclasses.replace(TOTALS, contract=contract)
    before = home.seen(TOTALS)

    with pytest.raises(SentenceError) as error:
        roll_back(Request("care/totals"), [changed], home.environment, home.instance)

    assert str(error.value).startswith("nothing is rolled back: care/totals: mood is SMALLINT in ")
    assert str(error.value).endswith("if its contract has changed since, take that back first")
    assert home.seen(TOTALS) == before


def release_all_twice(home: Home) -> None:
    for mood in (1, 2):
        home.release(MOODS, mood, day=DAY)
        home.release(TOTALS, mood)
        home.release(EXTRACT, mood)


def staged(home: Home) -> list[str]:
    tables = home.environment.warehouse.query(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE '%staging%'"
    )
    return [*(name for (name,) in tables), *map(str, home.folder.glob("extracts/.staging/*"))]


class Died(BaseException):
    """A process that ends at once."""


@ON_BOTH
@pytest.mark.parametrize(
    ("place", "back"),
    [
        ((DuckDBWarehouse, "publish", 1), []),
        ((Lake, "move_back", 1), []),
        ((DuckDBWarehouse, "publish", 2), [MOODS]),
        ((Lake, "move_back", 2), [MOODS]),
        ((ExtractFolder, "publish", 1), [MOODS, TOTALS]),
        ((Lake, "move_back", 3), [MOODS, TOTALS]),
        ((dg.DagsterInstance, "report_runless_asset_event", 1), [MOODS, TOTALS, EXTRACT]),
    ],
    ids=lambda given: "" if isinstance(given, list) else f"{given[1]} {given[2]}",
)
def test_a_rollback_that_died_is_completed_by_the_same_command(home, monkeypatch, place, back):
    release_all_twice(home)

    with monkeypatch.context() as patched:
        die_at(patched, *place)
        with pytest.raises(Died):
            run(home, AND_BELOW)
    moved = [table for table in (MOODS, TOTALS, EXTRACT) if is_back(home, table)]
    run(home, AND_BELOW)

    assert moved == back
    assert all(is_back(home, table) for table in (MOODS, TOTALS, EXTRACT))
    assert [home.moods(table) for table in (MOODS, TOTALS, EXTRACT)] == [[1], [1], [1]]
    assert staged(home) == []
    assert home.instance.get_latest_materialization_event(EXTRACT.asset_key) is not None


def die_at(patched: pytest.MonkeyPatch, owner: type, name: str, call: int) -> None:
    real, calls = getattr(owner, name), iter(range(1, 10))

    def dying(*arguments):
        if next(calls) == call:
            raise Died
        return real(*arguments)

    patched.setattr(owner, name, dying)


def is_back(home: Home, table) -> bool:
    return bool(home.live(table, DAY if table is MOODS else WHOLE).rolled_back_from)


def interrupt(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        die_at(patched, DuckDBWarehouse, "publish", 2)
        with pytest.raises(Died):
            run(home, AND_BELOW)


def test_the_next_rollback_after_one_that_was_completed_is_another(home, monkeypatch):
    home.release(MOODS, 0, day=DAY)
    home.release(TOTALS, 0)
    release_all_twice(home)
    interrupt(home, monkeypatch)

    run(home, AND_BELOW)
    completed = home.moods(MOODS)
    run(home, Request("care/moods", (DAY,)))

    assert (completed, home.moods(MOODS)) == ([1], [0])


@ON_BOTH
def test_another_rollback_waits_until_an_interrupted_one_is_completed(home, monkeypatch):
    release_all_twice(home)
    interrupt(home, monkeypatch)
    before = home.seen(MOODS, TOTALS, EXTRACT)

    sentence = refused(home)

    assert sentence == (
        "another rollback of care/moods was interrupted; complete it with `seniorlink rollback "
        f"care/moods --partition {DAY} --with-downstream`, or delete "
        f"{home.lake.storage.url}/rollbacks/care/moods.json to leave it half done"
    )
    assert home.seen(MOODS, TOTALS, EXTRACT) == before


@ON_BOTH
def test_what_was_published_since_a_rollback_died_is_kept(home, monkeypatch):
    release_all_twice(home)
    interrupt(home, monkeypatch)
    home.release(TOTALS, 5)

    moved = run(home, AND_BELOW)

    assert moved == [f"care/moods {DAY}", "tableau/moods"]
    assert home.moods(TOTALS) == [5]


def test_a_swap_that_fails_says_how_to_complete_it(home, monkeypatch):
    release_all_twice(home)

    def refuse(*arguments):
        raise DestinationError("the folder is read-only; make it writable")

    monkeypatch.setattr(ExtractFolder, "publish", refuse)
    sentence = refused(home, AND_BELOW)

    assert sentence == (
        "the rollback of care/moods stopped half-way (the folder is read-only; make it writable); "
        f"complete it with `seniorlink rollback care/moods --partition {DAY} --with-downstream`"
    )


@ON_BOTH
def test_an_intent_that_cannot_be_read_is_named(home):
    release_all_twice(home)
    home.lake.storage.put("rollbacks/care/moods.json", b"{")

    sentence = refused(home)

    where = f"{home.lake.storage.url}/rollbacks/care/moods.json"
    assert sentence.startswith(f"{where} does not say what a rollback was about to do (")


def at_work(home: Home, key: str, *partitions: str) -> None:
    home.environment.ledger.claim(
        Entry(key, "attempt", dict.fromkeys(partitions, "f"), "12345678-run", "local", "now")
    )


@pytest.mark.parametrize(
    ("key", "partition", "request_"),
    [
        ("care/moods", DAY, ONE_DAY),
        ("care/smooth", DAY, AND_BELOW),
        ("care/means", WHOLE, AND_BELOW),
    ],
)
def test_a_job_at_work_refuses_a_rollback(home, key, partition, request_):
    release_all_twice(home)
    at_work(home, key, partition)
    before = home.seen(MOODS, TOTALS)

    sentence = refused(home, request_)

    name = key if partition == WHOLE else f"{key} {partition}"
    assert sentence == (
        f"a job of run 12345678 is at work on {name}; "
        "wait for its end, or see `seniorlink jobs`, then roll back again"
    )
    assert home.seen(MOODS, TOTALS) == before


@pytest.mark.parametrize(
    ("key", "partition", "request_"),
    [
        ("care/moods", NEXT, AND_BELOW),
        ("care/smooth", NEXT, AND_BELOW),
        ("care/visits", DAY, AND_BELOW),
        ("care/totals", WHOLE, ONE_DAY),
    ],
)
def test_a_job_at_work_on_something_else_does_not(home, key, partition, request_):
    release_all_twice(home)
    at_work(home, key, partition)

    run(home, request_)

    assert home.moods(MOODS) == [1]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request("care/mood"), "'care/mood' is no table or extract; did you mean care/moods"),
        (Request("x"), "'x' is no table or extract; write schema/table: care/messages"),
        (Request("care/means"), "nothing of care/means is published; materialize it first"),
        (
            Request("care/moods"),
            "care/moods is partitioned; say which partitions with --partition, or --all-partitions",
        ),
        (
            Request("care/moods", ("2025-01-20",)),
            f"nothing of care/moods 2025-01-20 is published; its partitions are like {DAY}",
        ),
        (
            Request("care/totals", (DAY,)),
            f"care/totals is not partitioned; leave out --partition {DAY}",
        ),
        (
            Request("care/totals"),
            "care/totals has no release before the live one; "
            "`seniorlink history care/totals` shows those it has",
        ),
        (
            Request("care/totals", version="zz"),
            "care/totals has no release zz; `seniorlink history",
        ),
    ],
)
def test_what_does_not_exist_is_named_and_nothing_changes(home, request_, expected):
    home.release(MOODS, 1, day=DAY)
    home.release(TOTALS, 1)
    before = home.seen(MOODS, TOTALS)

    sentence = refused(home, request_)

    assert sentence.startswith(expected)
    assert home.seen(MOODS, TOTALS) == before


def test_a_version_that_is_live_is_refused(home):
    live = home.release(TOTALS, 1)

    sentence = refused(home, Request("care/totals", version=live.version[:8]))

    assert sentence.startswith(f"care/totals is at {live.version[:8]} already; ")


def test_the_beginning_of_several_versions_is_refused(home):
    home.release(TOTALS, 1, fingerprint="a" * 16)
    home.release(TOTALS, 2, fingerprint="a" * 15 + "b")

    sentence = refused(home, Request("care/totals", version="aaaa"))

    assert sentence == (
        "aaaa is the beginning of 2 versions of care/totals; "
        f"write more of it: {'a' * 16}, {'a' * 15}b"
    )


@ON_BOTH
def test_a_corrupt_pointer_is_named(home):
    home.release(TOTALS, 1)
    name, storage = f"published/care/totals/{WHOLE}.json", home.lake.storage
    storage.put(name, storage.read(name).content[:-9])

    sentence = refused(home, Request("care/totals"))

    assert sentence.startswith(
        f"{storage.where(name)} is not a published pointer (JSONDecodeError); delete it"
    )
