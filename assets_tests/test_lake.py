"""Snapshots, and the pointers that say which of them count."""

import json
import os
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pytest

from assets_tests.destinations.snapshots import commit, with_manifest
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.destination import Destination
from seniorlink_assets.environments import Environment
from seniorlink_assets.lake import Lake, LakeError
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.materialize import resolve
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import WHOLE, Column, Contract
from spark.contract.manifest import Manifest

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
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


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
    manifest.commit(lake.root / place)
    return Snapshot(lake.root, place, manifest)


def pointer_file(lake: Lake, partition: str = DAY) -> Path:
    return lake.root / "published" / "care" / "moods" / f"{partition}.json"


def test_a_snapshot_that_is_not_committed_is_not_found(lake):
    (lake.root / lake.snapshot_place("care/moods", DAY, "f1", "1")).mkdir(parents=True)

    assert lake.committed("care/moods", DAY, "f1") is None


def test_a_committed_snapshot_is_found_by_its_fingerprint(lake):
    snapshot(lake, "f1")
    wanted = snapshot(lake, "f2")

    assert lake.committed("care/moods", DAY, "f2") == wanted
    assert lake.committed("care/moods", DAY, "f3") is None
    assert lake.committed("care/moods", NEXT, "f2") is None


def test_of_several_attempts_the_newest_counts(lake):
    older, newer = snapshot(lake, "f1", "b"), snapshot(lake, "f1", "a")
    os.utime(lake.root / older.place / "manifest.json", ns=(1, 1))

    assert lake.committed("care/moods", DAY, "f1") == newer


@pytest.mark.parametrize("damage", ["gone", "cut short"])
def test_a_snapshot_with_damaged_data_is_refused(lake, damage):
    given = commit(lake.root, MOODS, [(1, date(2025, 1, 2))], partition=DAY)
    place = Path(given.place).parent.as_posix()
    (file,) = map(Path, given.files)
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1])

    with pytest.raises(LakeError) as error:
        lake.snapshot(place)

    assert str(error.value) == (
        f"{file} is missing or has another size than its manifest says; "
        f"delete {lake.root / place} to have care/moods computed again"
    )


def test_a_snapshot_without_manifest_did_not_commit(lake):
    with pytest.raises(LakeError, match="is missing; the job did not commit"):
        lake.snapshot("snapshots/care/moods/x")


def test_nothing_is_published_of_a_new_table(lake):
    assert lake.published("care/moods", DAY) is None
    assert lake.all_published("care/moods") == {}


def test_what_is_published_says_what_it_is_and_which_run_did_it(lake):
    given = commit(lake.root, MOODS, [(1, date(2025, 1, 2))], partition=DAY)
    given = with_manifest(given, content="abc", rejects=2)

    published = lake.publish(given, None, "run 1")

    assert lake.published("care/moods", DAY) == published
    assert lake.all_published("care/moods") == {DAY: published}
    assert (published.place, published.content, published.fingerprint) == (given.place, "abc", "v1")
    assert (published.rows, published.rejects, published.run_id) == (1, 2, "run 1")
    assert published.bytes == Path(given.files[0]).stat().st_size


def test_the_history_of_a_pointer_is_kept(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")
    second = lake.publish(snapshot(lake, "f2"), first, "run 2")

    history = json.loads(pointer_file(lake).read_text())["history"]

    assert [then["place"] for then in history] == [first.place, second.place]


def test_the_same_snapshot_is_published_once(lake):
    given = snapshot(lake, "f1")
    first = lake.publish(given, None, "run 1")

    again = lake.publish(given, first, "run 2")

    assert again == first
    assert len(json.loads(pointer_file(lake).read_text())["history"]) == 1


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
    assert len(json.loads(pointer_file(lake).read_text())["history"]) == 1


def test_a_turn_is_refused_when_another_run_has_published(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")

    with (
        pytest.raises(LakeError, match=f"care/moods {DAY} was published by another run meanwhile"),
        lake.turn("care/moods", {NEXT: None, DAY: None}),
    ):
        pytest.fail("it must not begin")
    with lake.turn("care/moods", {NEXT: None, DAY: first}):
        pass


def test_what_a_crash_left_half_written_is_passed_over_and_replaced(lake):
    first = lake.publish(snapshot(lake, "f1"), None, "run 1")
    leftover = pointer_file(lake).with_suffix(".tmp")
    leftover.write_text("{")

    assert lake.all_published("care/moods") == {DAY: first}
    second = lake.publish(snapshot(lake, "f2"), first, "run 2")

    assert lake.all_published("care/moods") == {DAY: second}
    assert not leftover.exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[]", b"\xff", b'{"current": {}, "history": []}']
)
def test_a_file_that_is_no_pointer_is_named(lake, content):
    lake.publish(snapshot(lake, "f1"), None, "run 1")
    pointer_file(lake).write_bytes(content)

    with pytest.raises(LakeError) as error:
        lake.all_published("care/moods")

    assert str(error.value).startswith(f"{pointer_file(lake)} is not a published pointer (")
    assert str(error.value).endswith("); delete it and materialize the partition again")


class NoDestination(Destination):
    """Where nothing is asked for."""

    def location(self, contract):
        raise NotImplementedError

    def released(self, contract) -> Mapping[str, str]:
        raise NotImplementedError

    def stage(self, contract, snapshots):
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
    text = pointer_file(lake, days[0]).read_text()
    for day in days:
        pointer_file(lake, day).write_text(text.replace(days[0], day))
    moods = Declared(MOODS, {}, tmp_path, tmp_path, "code", {})
    totals = Declared(TOTALS, {"moods": moods}, tmp_path, tmp_path, "code", {})

    resolved = resolve(totals, [WHOLE], environment)

    assert [*resolved.inputs["moods"].partitions] == days
    assert [*resolved.fingerprints] == [WHOLE]
