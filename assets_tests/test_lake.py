"""Snapshots, and the pointers that say which of them count."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pytest

from assets_tests.destinations.snapshots import commit, with_manifest
from assets_tests.launchers.processes import becomes
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.destination import Destination
from seniorlink_assets.environments import Environment
from seniorlink_assets.lake import Lake, LakeError
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.materialize import resolve
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.storage.disk import DiskStorage
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import WHOLE, Column, Contract
from spark.contract.manifest import DataFile, Manifest

DAY, NEXT = "2025-01-02", "2025-01-03"
MOODS = Contract(
    key="care/moods",
    kind="table",
    grain="One row per note.",
    columns=(Column("id", "bigint", "The note."), Column("noted_on", "date", "Its day.")),
    primary_key=("id",),
    partition_by="noted_on",
)
TOTALS = Contract(
    key="care/totals",
    kind="table",
    grain="One row per note.",
    columns=(Column("id", "bigint", "The note."),),
    primary_key=("id",),
)


@pytest.fixture
def lake(storage: Storage) -> Lake:
    return Lake(storage)


def snapshot(lake: Lake, fingerprint: str, attempt: str = "1", partition: str = DAY) -> Snapshot:
    """A snapshot without rows, committed."""
    place = lake.snapshot_place("care/moods", partition, fingerprint, attempt)
    manifest = Manifest(
        key="care/moods",
        partition=partition,
        fingerprint=fingerprint,
        attempt=attempt,
        code_version="c",
        spark_version="4.3.0",
        files=(),
        rows=0,
        content=f"content of {fingerprint}",
    )
    lake.storage.put(f"{place}/manifest.json", manifest.to_text().encode())
    return Snapshot(lake.storage.url, place, manifest)


def with_rows(lake: Lake, folder: Path) -> Snapshot:
    """A snapshot with a row, committed."""
    given = commit(folder, MOODS, [(1, date(2025, 1, 2))], partition=DAY)
    for path in (folder / "snapshots").rglob("*.*"):
        lake.storage.put(path.relative_to(folder).as_posix(), path.read_bytes())
    return replace(given, lake=lake.storage.url)


def pointer_name(partition: str = DAY) -> str:
    return f"published/care/moods/{partition}.json"


def pointer(lake: Lake, partition: str = DAY) -> dict:
    """What the pointer's document says."""
    return json.loads(lake.storage.read(pointer_name(partition)).content)


def test_a_snapshot_that_is_not_committed_is_not_found(lake):
    place = lake.snapshot_place("care/moods", DAY, "f1", "1")
    lake.storage.put(f"{place}/part-0.parquet", b"")

    assert lake.committed("care/moods", DAY, "f1") is None


def test_a_committed_snapshot_is_found_by_its_fingerprint(lake):
    snapshot(lake, "f1")
    wanted = snapshot(lake, "f2")

    assert lake.committed("care/moods", DAY, "f2") == wanted
    assert lake.committed("care/moods", DAY, "f3") is None
    assert lake.committed("care/moods", NEXT, "f2") is None


def test_of_several_attempts_the_newest_counts(lake):
    snapshot(lake, "f1", "b")
    at_first = int(time.time())
    assert becomes(lambda: time.time() > at_first + 1)
    newer = snapshot(lake, "f1", "a")

    assert lake.committed("care/moods", DAY, "f1") == newer


@pytest.mark.parametrize("damage", ["gone", "cut short"])
def test_a_snapshot_with_damaged_data_is_refused(lake, tmp_path, damage):
    given = with_rows(lake, tmp_path / "made")
    place = Path(given.place).parent.as_posix()
    (file,) = (file.path for file in given.manifest.files)
    if damage == "gone":
        lake.storage.remove([file])
    else:
        lake.storage.put(file, lake.storage.read(file).content[:-1])

    with pytest.raises(LakeError) as error:
        lake.snapshot(place)

    assert str(error.value) == (
        f"{lake.storage.where(file)} is missing or has another size than its manifest says; "
        f"delete {lake.storage.where(place)} to have care/moods computed again"
    )


def test_a_snapshot_without_manifest_did_not_commit(lake):
    with pytest.raises(LakeError, match="is missing; the job did not commit"):
        lake.snapshot("snapshots/care/moods/x")


def test_nothing_is_published_of_a_new_table(lake):
    assert lake.published("care/moods", DAY) is None
    assert lake.all_published("care/moods") == {}


def test_what_is_published_says_what_it_is_and_which_run_did_it(lake, tmp_path):
    given = with_rows(lake, tmp_path / "made")
    given = with_manifest(given, content="abc", rejects=2)

    published = lake.publish(given, None, "run 1")

    assert lake.published("care/moods", DAY) == published
    assert lake.all_published("care/moods") == {DAY: published}
    assert (published.place, published.content, published.fingerprint) == (given.place, "abc", "v1")
    assert (published.rows, published.rejects, published.run_id) == (1, 2, "run 1")
    assert published.bytes == given.manifest.bytes > 0


def test_the_history_of_a_pointer_is_kept(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")
    second = lake.publish(snapshot(lake, "f2"), first, "run 2")

    history = pointer(lake)["history"]

    assert [then["place"] for then in history] == [first.place, second.place]


def test_the_history_is_read_oldest_first(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1", {"code": "c1"})
    second = lake.publish(snapshot(lake, "f2"), first, "run 2", {"code": "c2"})

    assert lake.history("care/moods", DAY) == [first, second]
    assert lake.history("care/moods", NEXT) == []


def test_the_history_is_bounded(lake):
    published = None
    for number in range(103):
        published = lake.publish(snapshot(lake, f"f{number}"), published, "a run")

    history = lake.history("care/moods", DAY)

    assert (len(history), history[0].fingerprint, history[-1]) == (100, "f3", published)


def test_what_it_was_made_from_is_remembered(lake):
    lake.publish(snapshot(lake, "f1"), None, "run 1", made_from={"code": "c", "input a/b": "d"})

    assert lake.published("care/moods", DAY).made_from == {"code": "c", "input a/b": "d"}


def test_a_pointer_of_a_time_when_it_said_less_is_read(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")
    content = pointer(lake)
    for release in (content["current"], *content["history"]):
        for name in ("made_from", "withdrawn", "sequence", "rolled_back_from"):
            del release[name]
    lake.storage.put(pointer_name(), json.dumps(content).encode())

    found = lake.published("care/moods", DAY)
    second = lake.publish(snapshot(lake, "f2"), found, "run 2")

    assert (found.place, found.made_from, found.withdrawn) == (first.place, {}, ())
    assert lake.history("care/moods", DAY) == [found, second]


def test_publications_have_an_order_whatever_the_clock_says(lake, monkeypatch):
    before = lake.publish(snapshot(lake, "f1"), None, "run 1")
    monkeypatch.setattr("time.time_ns", lambda: 1)

    after = lake.publish(snapshot(lake, "f2", partition=NEXT), None, "run 2")

    assert after.sequence == before.sequence + 1


def test_a_pointer_moves_back_and_remembers_what_was_withdrawn(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1", {"code": "c1"})
    second = lake.publish(snapshot(lake, "f2"), first, "run 2", {"code": "c2"})

    back = lake.move_back("care/moods", second, first, ["f2"])

    assert lake.published("care/moods", DAY) == back
    assert (back.place, back.made_from, back.run_id) == (first.place, {"code": "c1"}, "run 1")
    assert (back.withdrawn, back.rolled_back_from) == (("f2",), second.version)
    assert [then.place for then in lake.history("care/moods", DAY)] == [
        first.place,
        second.place,
        first.place,
    ]


def test_a_pointer_that_moved_meanwhile_does_not_move_back(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")
    second = lake.publish(snapshot(lake, "f2"), first, "run 2")
    third = lake.publish(snapshot(lake, "f3"), second, "run 3")

    with pytest.raises(LakeError, match="was published by another run meanwhile"):
        lake.move_back("care/moods", second, first, ["f2"])

    assert lake.published("care/moods", DAY) == third


def test_what_was_withdrawn_is_carried_on_until_it_is_published(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")
    withdrawn = snapshot(lake, "f2")
    back = lake.move_back(
        "care/moods", lake.publish(withdrawn, first, "run 2"), first, ["f2", "f2b"]
    )

    other = lake.publish(snapshot(lake, "f3"), back, "run 3")
    again = lake.publish(withdrawn, other, "run 4")

    assert (other.withdrawn, other.rolled_back_from) == (("f2", "f2b"), "")
    assert again.withdrawn == ("f2b",)


def test_only_the_last_fingerprints_that_were_withdrawn_are_remembered(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")
    second = lake.publish(snapshot(lake, "f2"), first, "run 2")

    back = lake.move_back("care/moods", second, first, [f"w{number}" for number in range(25)])

    assert back.withdrawn == tuple(f"w{number}" for number in range(5, 25))


def test_the_pointer_of_another_partition_is_none(lake):
    lake.publish(snapshot(lake, "f1"), None, "run 1")
    lake.storage.put(pointer_name(NEXT), lake.storage.read(pointer_name()).content)

    with pytest.raises(LakeError) as error:
        lake.published("care/moods", NEXT)

    assert str(error.value).startswith(
        f"{lake.storage.where(pointer_name(NEXT))} is not a published pointer ("
    )


def test_the_same_snapshot_is_published_once(lake):
    given = snapshot(lake, "f1")
    first = lake.publish(given, None, "run 1")

    again = lake.publish(given, first, "run 2")

    assert again == first
    assert len(pointer(lake)["history"]) == 1


def test_a_pointer_that_moved_meanwhile_stays(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")
    second = lake.publish(snapshot(lake, "f2"), first, "run 2")

    with pytest.raises(LakeError) as error:
        lake.publish(snapshot(lake, "f3"), first, "run 3")

    assert str(error.value) == (
        f"care/moods {DAY} was published by another run meanwhile; "
        "materialize again to decide between the two"
    )
    assert lake.published("care/moods", DAY) == second


def test_of_many_runs_that_publish_at_once_one_wins(lake):
    snapshots = [snapshot(lake, f"f{number}") for number in range(8)]
    refused = []

    def publish(given: Snapshot) -> None:
        try:
            lake.publish(given, None, "a run")
        except LakeError:
            refused.append(given.place)

    threads = [Thread(target=publish, args=(given,)) for given in snapshots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    published = lake.published("care/moods", DAY)
    assert published is not None
    assert sorted([*refused, published.place]) == sorted(given.place for given in snapshots)
    assert len(pointer(lake)["history"]) == 1


def test_a_turn_is_refused_when_another_run_has_published(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")

    with (
        pytest.raises(LakeError, match=f"care/moods {DAY} was published by another run meanwhile"),
        lake.turn("care/moods", {NEXT: None, DAY: None}),
    ):
        pytest.fail("it must not begin")
    with lake.turn("care/moods", {NEXT: None, DAY: first}):
        pass


def test_a_turn_goes_on_when_another_run_has_published_the_same_snapshot(lake):
    given = snapshot(lake, "f1")
    lake.publish(given, None, "run 1")

    with lake.turn("care/moods", {DAY: None}, {DAY: given.place}):
        published = lake.publish(given, None, "run 2")

    assert published.run_id == "run 1"


def test_what_a_crash_left_half_written_is_passed_over_and_replaced(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")
    leftover = pointer_name().replace(".json", ".tmp")
    lake.storage.put(leftover, b"{")

    assert lake.all_published("care/moods") == {DAY: first}
    second = lake.publish(snapshot(lake, "f2"), first, "run 2")

    assert lake.all_published("care/moods") == {DAY: second}
    assert not isinstance(lake.storage, DiskStorage) or lake.storage.read(leftover) is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[]", b"\xff", b'{"current": {}, "history": []}']
)
def test_a_file_that_is_no_pointer_is_named(lake, content):
    lake.publish(snapshot(lake, "f1"), None, "run 1")
    lake.storage.put(pointer_name(), content)

    with pytest.raises(LakeError) as error:
        lake.all_published("care/moods")

    assert str(error.value).startswith(
        f"{lake.storage.where(pointer_name())} is not a published pointer ("
    )
    assert str(error.value).endswith("); delete it and materialize the partition again")


class NoDestination(Destination):
    """Where nothing is asked for."""

    def location(self, contract):
        raise NotImplementedError

    def released(self, contract) -> Mapping[str, str]:
        raise NotImplementedError

    def stage(self, contract, snapshots, run_id):
        raise NotImplementedError

    def publish(self, staged, run_id):
        raise NotImplementedError

    def discard(self, staged):
        raise NotImplementedError


def test_an_input_of_ten_years_of_days_is_resolved(tmp_path):
    environment = Environment(
        home=tmp_path,
        launcher=LocalLauncher("512m", cores=1),
        warehouse=DuckDBWarehouse(tmp_path / "warehouse.duckdb"),
        extracts=NoDestination(),
    )
    lake = environment.lake
    days = [(date(2015, 1, 1) + timedelta(number)).isoformat() for number in range(3650)]
    lake.publish(snapshot(lake, "f1", partition=days[0]), None, "a run")
    text = lake.storage.read(pointer_name(days[0])).content.decode()
    for day in days:
        lake.storage.put(pointer_name(day), text.replace(days[0], day).encode())
    moods = Declared(MOODS, {}, tmp_path, tmp_path, "code", {})
    totals = Declared(TOTALS, {"moods": moods}, tmp_path, tmp_path, "code", {})

    resolved = resolve(totals, [WHOLE], environment)

    assert [*resolved.inputs["moods"].partitions] == days
    assert [*resolved.fingerprints] == [WHOLE]


def test_files_of_snapshots_are_at_hand_while_they_are_read(lake, tmp_path):
    given = with_rows(lake, tmp_path / "made")

    with lake.at_hand([given]) as (near,):
        (file,) = map(Path, near.files)
        assert file.stat().st_size == given.manifest.bytes
        assert near.manifest == given.manifest


def test_committed_snapshots_of_many_partitions_are_found_and_damaged_ones_told(lake):
    there = snapshot(lake, "f1")
    damaged = snapshot(lake, "f2", partition=NEXT)
    lake.storage.put(f"{damaged.place}/manifest.json", b"{")

    found = lake.all_committed("care/moods", {DAY: "f1", NEXT: "f2", "2025-01-04": "f3"})

    assert [*found] == [DAY, NEXT]
    assert found[DAY] == there
    assert str(found[NEXT]).startswith(f"{lake.storage.where(damaged.place)}/manifest.json is not")


MANY = [(date(2025, 1, 1) + timedelta(number)).isoformat() for number in range(40)]


def a_range(lake: Lake, fingerprint: str) -> list[Snapshot]:
    """Many days that one job has committed, with data in one folder."""
    data = f"snapshots/care/moods/{MANY[0]}..{MANY[-1]}/1"
    made = []
    for day in MANY:
        there = snapshot(lake, fingerprint, partition=day)
        file = DataFile(f"{data}/{day}.parquet", 4)
        lake.storage.put(file.path, b"rows")
        manifest = replace(there.manifest, files=(file,))
        lake.storage.put(f"{there.place}/manifest.json", manifest.to_text().encode())
        made.append(replace(there, manifest=manifest))
    return made


@pytest.mark.parametrize("wanted", [MANY[:7], MANY], ids=["few", "many"])
def test_of_few_and_of_many_partitions_the_same_is_found(lake, wanted):
    days = a_range(lake, "f1")
    newer = snapshot(lake, "f2", partition=MANY[1])
    lake.storage.put(f"{days[2].place}/manifest.json", b"{")
    lake.storage.remove([days[3].manifest.files[0].path, f"{days[4].place}/"])
    lake.storage.put(days[5].manifest.files[0].path, b"row")

    found = lake.all_committed("care/moods", dict.fromkeys(wanted, "f1") | {MANY[1]: "f2"})

    assert [*found] == [day for day in wanted if day != MANY[4]]
    assert (found[MANY[0]], found[MANY[1]], found[MANY[6]]) == (days[0], newer, days[6])
    assert str(found[MANY[2]]).startswith(f"{lake.storage.where(days[2].place)}/manifest.json is")
    for number in (3, 5):
        (file,) = days[number].manifest.files
        assert str(found[MANY[number]]).startswith(f"{lake.storage.where(file.path)} is missing or")


def test_snapshots_are_found_by_their_places(lake):
    first, gone = a_range(lake, "f1")[:2]
    lake.storage.remove([f"{gone.place}/"])

    found = lake.snapshots("care/moods", [gone.place, first.place])

    assert [*found] == [gone.place, first.place]
    assert found[first.place] == first
    assert str(found[gone.place]) == (
        f"{lake.storage.where(gone.place)}/manifest.json is missing; the job did not commit"
    )


def test_all_manifests_of_a_table_are_read_by_place(lake):
    days = a_range(lake, "f1")
    lake.storage.put(f"{days[2].place}/manifest.json", b"{")

    found = lake.manifests("care/moods", lake.storage.listed("snapshots/care/moods/"))

    assert [*found] == [day.place for day in days]
    assert isinstance(found[days[2].place], LakeError)
    assert found[days[0].place] == days[0].manifest
    assert lake.committed_places("care/moods") == {*found}


def test_a_job_that_commits_while_the_lake_is_listed_is_no_damage(lake, monkeypatch):
    days, listed = a_range(lake, "f1"), lake.storage.listed
    before = {days[7].manifest.files[0].path}

    def without_its_data_yet(beginning):
        missing = {*before}
        before.clear()
        return (one for one in listed(beginning) if one.name not in missing)

    monkeypatch.setattr(lake.storage, "listed", without_its_data_yet)

    assert lake.all_committed("care/moods", dict.fromkeys(MANY, "f1"))[MANY[7]] == days[7]
    assert not before


def test_histories_are_read_together(lake):
    for day in (DAY, NEXT):
        first = lake.publish(snapshot(lake, "f1", partition=day), None, "run 1")
        lake.publish(snapshot(lake, "f2", partition=day), first, "run 2")

    found = lake.histories("care/moods", [NEXT, DAY, "2025-01-04"])

    assert [*found] == [NEXT, DAY, "2025-01-04"]
    assert found[DAY] == lake.history("care/moods", DAY)
    assert [len(history) for history in found.values()] == [2, 2, 0]


def test_what_a_failed_job_wrote_is_discarded_unless_it_has_committed(lake):
    committed, data = snapshot(lake, "f1"), "snapshots/care/moods/2025-01-02/f2-1"
    for place in (committed.place, data):
        lake.storage.put(f"{place}/part-0.parquet", b"rows")

    lake.discard(committed.place, [committed.place])
    lake.discard(data, [data])

    assert lake.storage.has_folder(committed.place)
    assert not lake.storage.has_folder(data)


def test_many_publications_have_an_order_of_their_own(lake):
    first = lake.next_in_sequence(3)

    assert lake.next_in_sequence() >= first + 3
