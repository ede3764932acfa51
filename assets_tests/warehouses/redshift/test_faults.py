"""Whatever befalls a load: readers see one release or the next, and the next try ends right."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from assets_tests.warehouses.redshift.dwh import MONDAY, TUESDAY, in_every_isolation, notes
from assets_tests.warehouses.redshift.loader import Loader
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.warehouses.redshift import preparing, publication, retrying, swap, warehouse
from spark.contract import Column

VIOLATION = "Serializable isolation violation on table - 119371"
BY_DAY = notes(partition_by="noted_on")


def test_a_kill_before_any_statement_of_a_load_leaves_what_the_next_one_drops(dwh):
    table = notes(columns=(*notes().columns, Column("body", "super", "Said.", nullable=True)))
    dwh.publish(table, dwh.commit(table, [(MONDAY, 1, "{}")]))
    rejects = [("notes.csv", 3, "no day", "{}")]
    snapshot = dwh.commit(table, [(MONDAY, 2, "{}")], rejects=rejects)

    killed, seen = kills(Loader(dwh.place, table, snapshot), lambda: dwh.moods(table))

    assert {"CREATE", "COPY", "COMMENT", "INSERT", "SELECT", "DROP", "COMMIT"} <= {*killed}
    assert seen == [[(MONDAY, 1)]] * len(killed)
    assert len(dwh.warehouse.leftovers(table)) == 1
    dwh.publish(table, snapshot)
    assert dwh.moods(table) == [(MONDAY, 2)]
    assert dwh.place.staged() == []


@pytest.mark.parametrize("table", [BY_DAY, notes()], ids=["a day", "whole"])
def test_a_kill_before_any_statement_of_a_publication_leaves_the_old(dwh, table):
    old, new = [(MONDAY, 1), (TUESDAY, 2)], [(MONDAY, 1), (TUESDAY, 3)]
    rejects = [("notes.csv", 3, "no day", "{}")]
    if table.partition_by:
        dwh.publish(table, dwh.day(table, MONDAY, 1), dwh.day(table, TUESDAY, 2))
        snapshot = dwh.day(table, TUESDAY, 3, rejects=rejects)
    else:
        dwh.publish(table, dwh.commit(table, old))
        snapshot = dwh.commit(table, new, rejects=rejects)
    staged = dwh.stage(table, snapshot)

    def seen():
        (rejected,), *_ = dwh.ask('SELECT count(*) FROM seniorlink."care.notes.rejects"')
        return dwh.moods(table), rejected

    killed, after_kills = kills(Loader(dwh.place, table, snapshot, staged.place), seen)

    assert {"LOCK", "SELECT", "DELETE", "INSERT", "DROP", "COMMIT"} <= {*killed}
    assert after_kills == [(old, 0)] * len(killed)
    assert seen() == (new, 1)
    assert dwh.warehouse.released(table)[snapshot.partition] == snapshot.version
    assert len({number for number, *_ in dwh.releases(table)}) == 2
    assert dwh.place.staged() == []


def kills(loader, look):
    """The statements before which it was killed, and what was seen after each."""
    killed, seen = [], []
    with loader:
        while (statement := loader.kill_before(len(killed) + 1)) is not None:
            killed.append(statement.split()[0])
            seen.append(look())
    return killed, seen


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_that_drops_around_the_commit_is_one_release(dwh, redshift, when):
    table = notes()
    dwh.publish(table, dwh.commit(table, [(MONDAY, 1)]))
    staged = dwh.stage(table, dwh.commit(table, [(MONDAY, 2)]))
    redshift.faults.order("drop", pattern="^COMMIT", when=when, times=1)

    dwh.warehouse.publish(staged, "a run")

    assert redshift.faults.met == [1]
    assert dwh.moods(table) == [(MONDAY, 2)]
    assert [number for number, *_ in dwh.releases(table)] == [1, 2]
    assert dwh.place.staged() == []


@pytest.mark.parametrize(
    "fault",
    [
        {"code": "1023", "message": VIOLATION},
        {"code": "40001", "message": "could not serialize access due to concurrent update"},
        {"code": "53300", "message": "connection limit exceeded for non-bootstrap users"},
        {"code": "XX000", "message": "could not open relation with OID 119371"},
    ],
    ids=lambda fault: fault["code"],
)
def test_what_stands_in_the_way_three_times_is_waited_out(dwh, redshift, fault):
    table = notes()
    staged = dwh.stage(table, dwh.commit(table, [(MONDAY, 1)]))
    redshift.faults.order("fail", pattern="^(LOCK|COMMIT)", times=3, **fault)

    dwh.warehouse.publish(staged, "a run")

    assert redshift.faults.met == [3]
    assert dwh.moods(table) == [(MONDAY, 1)]
    assert len(dwh.releases(table)) == 1


def test_what_stands_in_the_way_for_ever_is_told_in_the_end(dwh, redshift, monkeypatch):
    table = notes()
    dwh.publish(table, dwh.commit(table, [(MONDAY, 1)]))
    staged = dwh.stage(table, dwh.commit(table, [(MONDAY, 2)]))
    monkeypatch.setattr(retrying, "PATIENCE", 0.2)
    redshift.faults.order("fail", pattern="^COMMIT", code="1023", message=VIOLATION)

    with pytest.raises(DestinationError, match=r"1023.*it was tried \d+ times") as failed:
        dwh.warehouse.publish(staged, "a run")

    assert failed.value.transient
    assert redshift.faults.met[0] > 1
    assert dwh.moods(table) == [(MONDAY, 1)]
    redshift.faults.clear()
    dwh.warehouse.publish(staged, "a run")
    assert dwh.moods(table) == [(MONDAY, 2)]


def test_who_reads_for_long_is_not_waited_for_for_ever(dwh, redshift, monkeypatch):
    table = notes()
    dwh.publish(table, dwh.commit(table, [(MONDAY, 1)]))
    staged = dwh.stage(table, dwh.commit(table, [(MONDAY, 2)]))
    monkeypatch.setattr(retrying, "PATIENCE", 0.3)
    monkeypatch.setattr(swap, "LOCK_WAIT", 100)

    with reader(dwh, redshift) as reading:
        reading.cursor().execute("SELECT * FROM care.notes")
        with pytest.raises(DestinationError, match="Another transaction was in the way") as failed:
            dwh.warehouse.publish(staged, "a run")
        assert failed.value.transient

    dwh.warehouse.publish(staged, "a run")
    assert dwh.moods(table) == [(MONDAY, 2)]


@contextlib.contextmanager
def reader(dwh, redshift):
    """A connection in a transaction."""
    database = dwh.place.settings["SENIORLINK_REDSHIFT_DATABASE"]
    with contextlib.closing(redshift.connect(database, "IAM:analyst")) as connection:
        dwh.ask("GRANT USAGE ON SCHEMA care TO PUBLIC")
        dwh.ask("GRANT SELECT ON ALL TABLES IN SCHEMA care TO PUBLIC")
        connection.cursor().execute("BEGIN")
        yield connection


@pytest.mark.parametrize("table", [notes(), BY_DAY], ids=["whole", "days"])
def test_readers_never_see_an_empty_or_a_mixed_table(dwh, redshift, table):
    versions = [[(MONDAY, number), (TUESDAY, number)] for number in range(4)]

    def publish(number):
        if table.partition_by:
            days = [dwh.day(table, day, mood) for day, mood in versions[number]]
            # Another day stays, so that rows are replaced and not the table.
            return dwh.publish(table, *days)
        return dwh.publish(table, dwh.commit(table, versions[number]))

    if table.partition_by:
        dwh.publish(table, dwh.day(table, "2025-01-01", 9))
    publish(0)
    with reader(dwh, redshift) as reading:
        seen, is_over = [], threading.Event()
        reading.cursor().execute("COMMIT")

        def poll():
            while not is_over.is_set():
                found = reading.cursor().execute(
                    "SELECT mood FROM care.notes WHERE noted_on > '2025-01-02'"
                )
                seen.append([mood for (mood,) in found.fetchall()])

        with ThreadPoolExecutor(1) as pool:
            polling = pool.submit(poll)
            try:
                for number in range(1, len(versions)):
                    publish(number)
                    dwh.ask("GRANT SELECT ON ALL TABLES IN SCHEMA care TO PUBLIC")
            finally:
                is_over.set()
            polling.result()

    assert len(seen) > len(versions)
    assert all(len(moods) == 2 and len({*moods}) == 1 for moods in seen)
    assert [moods[0] for moods in seen] == sorted(moods[0] for moods in seen)


@in_every_isolation
def test_of_two_who_write_at_once_each_is_whole_or_told_so(dwh):
    table = notes()
    snapshots = [dwh.commit(table, [(MONDAY, n), (TUESDAY, n)]) for n in range(4)]

    def publish(snapshot):
        try:
            dwh.publish(table, snapshot)
        except DestinationError as error:
            return str(error)
        return "published"

    with ThreadPoolExecutor(4) as pool:
        told = [*pool.map(publish, snapshots)]

    assert "published" in told
    (_, version), *_ = dwh.warehouse.released(table).items()
    (winner,) = [n for n, snapshot in enumerate(snapshots) if snapshot.version == version]
    assert told[winner] == "published"
    assert dwh.moods(table) == [(MONDAY, winner), (TUESDAY, winner)]
    assert len(dwh.releases(table)) == told.count("published")
    assert dwh.place.staged() == []


def test_a_release_between_decision_and_transaction_is_decided_again(dwh, monkeypatch):
    table = BY_DAY
    dwh.publish(table, dwh.day(table, MONDAY, 1))
    staged = dwh.stage(table, dwh.day(table, MONDAY, 2))
    decided, others = publication.swap, iter([dwh.day(table, TUESDAY, 5)])

    def after_another(*arguments, **decision):
        for other in others:
            row = f"2, '{TUESDAY}', '{other.version}', 'p', 1, 0, 'r', 'other', now(), false"
            dwh.ask(f"INSERT INTO care.notes VALUES ('{TUESDAY}', 5)")
            dwh.ask(f'INSERT INTO seniorlink."care.notes.releases" VALUES ({row})')
        return decided(*arguments, **decision)

    monkeypatch.setattr(publication, "swap", after_another)
    dwh.warehouse.publish(staged, "a run")

    assert dwh.moods(table) == [(MONDAY, 2), (TUESDAY, 5)]
    assert [number for number, *_ in dwh.releases(table)] == [1, 2, 3]


def test_a_file_that_is_gone_when_redshift_reads_it_is_told(dwh, monkeypatch):
    table = notes()
    dwh.publish(table, dwh.commit(table, [(MONDAY, 1)]))
    snapshot = dwh.commit(table, [(MONDAY, 2)])
    checked = warehouse.preflight

    def then_lost(*arguments):
        found = checked(*arguments)
        (file,) = snapshot.manifest.files
        dwh.s3.delete_object(Bucket="lake", Key=f"{dwh.prefix}/{file.path}")
        return found

    monkeypatch.setattr(warehouse, "preflight", then_lost)
    with pytest.raises(
        DestinationError, match="a file that its manifest for COPY names is not in the"
    ):
        dwh.stage(table, snapshot)

    assert dwh.moods(table) == [(MONDAY, 1)]
    assert dwh.place.staged() == []


def test_a_file_of_another_size_than_its_manifest_says_is_told(dwh, monkeypatch):
    table = notes()
    snapshot = dwh.commit(table, [(MONDAY, 2)])
    checked = warehouse.preflight

    def then_cut(*arguments):
        found = checked(*arguments)
        (file,) = snapshot.manifest.files
        dwh.s3.put_object(Bucket="lake", Key=f"{dwh.prefix}/{file.path}", Body=b"PAR1")
        return found

    monkeypatch.setattr(warehouse, "preflight", then_cut)
    with pytest.raises(DestinationError):
        dwh.stage(table, snapshot)

    assert dwh.place.staged() == []


def test_what_redshift_still_loads_for_the_dead_is_dropped_later(dwh, redshift, monkeypatch):
    table = notes()
    dead = dwh.stage(table, dwh.commit(table, [(MONDAY, 1)]))
    monkeypatch.setattr(preparing, "DROP_WAIT", 50)

    with reader(dwh, redshift) as loading:
        loading.cursor().execute(f"SELECT * FROM {dead.place}")
        dwh.publish(table, dwh.commit(table, [(MONDAY, 2)]))
        assert [left.place for left in dwh.warehouse.leftovers(table)] == [dead.place]

    dwh.publish(table, dwh.commit(table, [(MONDAY, 3)]))
    assert dwh.moods(table) == [(MONDAY, 3)]
    assert dwh.place.staged() == []


def test_a_load_that_loses_its_connection_begins_again(dwh, redshift):
    table = notes()
    redshift.faults.order("drop", pattern="^COPY", when="after", times=1)

    dwh.publish(table, dwh.commit(table, [(MONDAY, 2)]))

    assert dwh.moods(table) == [(MONDAY, 2)]
    assert dwh.place.staged() == []
