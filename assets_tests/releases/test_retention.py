"""What nobody needs goes; what is published, recent or at work stays."""

import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from assets_tests.releases.released import DAY, EXTRACT, MOODS, NEXT, ON_BOTH, TABLES, TOTALS, Home
from seniorlink_assets.lake import LakeError
from seniorlink_assets.ledger import Entry, place
from seniorlink_assets.releases.retention import Garbage, collect
from seniorlink_assets.releases.rollback import Request, roll_back
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import Listed
from seniorlink_assets.storage.disk import DiskStorage
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import WHOLE
from spark.contract.job import Job, SnapshotInput
from spark.contract.manifest import FILE_NAME, DataFile

KEY = "care/moods"

pytestmark = ON_BOTH


def gc(home: Home, keep: int = 3, dry_run: bool = False) -> dict[str, Garbage]:
    swept = collect(TABLES, home.environment, keep=keep, days=7, dry_run=dry_run)
    return {garbage.key: garbage for garbage in swept}


def make_old(home: Home, days: float = 8) -> None:
    """Everything in the lake was written that long ago."""
    storage, seconds = home.lake.storage, days * 86_400
    if isinstance(storage, DiskStorage):
        then = time.time() - seconds
        for path in storage.root.rglob("*"):
            os.utime(path, (then, then))
        return
    aged, listed = {each.name: each.version for each in storage.listed("")}, storage.listed

    def listed_as_old(beginning: str) -> Iterator[Listed]:
        for each in listed(beginning):
            is_old = aged.get(each.name) == each.version
            yield replace(each, modified=each.modified - seconds * is_old)

    storage.listed = listed_as_old


def files(home: Home, kind: str = "snapshots") -> set[str]:
    there = home.lake.storage.listed(f"{kind}/")
    return {listed.name.removeprefix(f"{kind}/") for listed in there}


def is_there(home: Home, place: str) -> bool:
    try:
        home.lake.snapshot(place)
    except LakeError:
        return False
    return True


def test_the_last_releases_of_each_partition_stay_however_old(home):
    days = [home.release(MOODS, mood, day=DAY) for mood in range(1, 6)]
    others = [home.release(MOODS, mood, day=NEXT) for mood in (1, 2)]
    make_old(home)

    garbage = gc(home)[KEY]

    assert [is_there(home, release.place) for release in days] == [False, False, True, True, True]
    assert [is_there(home, release.place) for release in others] == [True, True]
    assert len(garbage.manifests) == 2
    assert home.live(MOODS, DAY) == days[-1]


def test_earlier_releases_go_however_new(home):
    releases = [home.release(TOTALS, mood) for mood in (1, 2)]

    gc(home, keep=1)

    assert [is_there(home, release.place) for release in releases] == [False, True]
    assert files(home) == {
        f"{releases[1].place.removeprefix('snapshots/')}/{name}"
        for name in (FILE_NAME, "part-0.parquet")
    }


def test_what_is_published_is_there_to_be_read_after_it(home):
    for mood in range(1, 5):
        for table, day in ((MOODS, DAY), (MOODS, NEXT), (TOTALS, WHOLE), (EXTRACT, WHOLE)):
            home.release(table, mood, day=day)
    make_old(home)
    before = home.seen(MOODS, TOTALS, EXTRACT)

    gc(home, keep=1)

    assert home.seen(MOODS, TOTALS, EXTRACT) == before
    for table in (MOODS, TOTALS, EXTRACT):
        for published in home.lake.all_published(table.key).values():
            home.publish(table, home.lake.snapshot(published.place))
    assert home.seen(MOODS, TOTALS, EXTRACT) == before
    assert len(files(home)) == 8


def test_the_release_that_was_rolled_back_to_is_a_last_one(home):
    first = home.release(TOTALS, 1)
    for mood in (2, 3, 4):
        home.release(TOTALS, mood)
    request = Request("care/totals", version=first.version)
    roll_back(request, TABLES, home.environment, home.instance)
    make_old(home)

    gc(home, keep=1)

    assert is_there(home, first.place)
    assert home.live(TOTALS).place == first.place
    assert len(files(home)) == 2


def test_a_snapshot_that_was_never_published_stays_for_some_days(home):
    refused = home.commit(TOTALS, 1)
    make_old(home, days=6.9)

    gc(home)
    stayed = is_there(home, refused.place)
    make_old(home, days=7.1)
    gc(home)

    assert (stayed, is_there(home, refused.place)) == (True, False)


def a_range(home: Home) -> dict[str, Snapshot]:
    """Two days that one job committed, with rejects, in one data folder."""
    data = f"snapshots/{KEY}/{DAY}..{NEXT}/run-range"
    days = {}
    for day in (DAY, NEXT):
        given = home.commit(MOODS, 1, day=day)
        old, storage = given.manifest.files[0].path, home.lake.storage
        listed = []
        for name in (f"_partition={day}/part-0.parquet", f"rejects/_partition={day}/r.parquet"):
            storage.put(f"{data}/{name}", storage.read(old).content)
            listed.append(DataFile(f"{data}/{name}", given.manifest.bytes))
        storage.remove([old])
        manifest = replace(given.manifest, files=(listed[0],), reject_files=(listed[1],))
        storage.put(f"{given.place}/{FILE_NAME}", manifest.to_text().encode())
        days[day] = Snapshot(home.lake.storage.url, given.place, manifest)
    home.lake.storage.put(f"{data}/_SUCCESS", b"")
    return days


def test_of_days_that_share_a_folder_only_what_is_not_needed_goes(home):
    days = a_range(home)
    home.lake.publish(days[NEXT], None, "a run")
    make_old(home)

    gc(home)

    data = f"{KEY}/{DAY}..{NEXT}/run-range"
    assert files(home) == {
        f"{days[NEXT].place.removeprefix('snapshots/')}/{FILE_NAME}",
        f"{data}/_partition={NEXT}/part-0.parquet",
        f"{data}/rejects/_partition={NEXT}/r.parquet",
    }
    assert not home.lake.storage.has_folder(f"snapshots/{data}/_partition={DAY}")


def test_a_folder_that_no_day_needs_goes_whole(home):
    days = a_range(home)
    make_old(home)

    gc(home)

    assert files(home) == set()
    assert not home.lake.storage.has_folder(f"snapshots/{KEY}/{DAY}..{NEXT}/run-range")
    assert not home.lake.storage.has_folder(days[DAY].place)


def test_checksums_stay_and_go_with_their_files(home):
    releases = [home.release(TOTALS, mood) for mood in (1, 2)]
    for release in releases:
        home.lake.storage.put(f"{release.place}/.part-0.parquet.crc", b"")
    make_old(home)

    gc(home, keep=1)

    place = releases[1].place.removeprefix("snapshots/")
    assert files(home) == {
        f"{place}/{name}" for name in (FILE_NAME, "part-0.parquet", ".part-0.parquet.crc")
    }


def test_data_without_a_manifest_stays_for_some_days(home):
    snapshot = home.commit(TOTALS, 1)
    home.lake.storage.remove([f"{snapshot.place}/{FILE_NAME}"])

    gc(home)
    stayed = files(home)
    make_old(home)
    gc(home)

    assert (len(stayed), files(home)) == (1, set())


class Died(BaseException):
    """A process that ends at once."""


def test_a_crash_in_the_middle_leaves_no_manifest_without_its_files(home, monkeypatch):
    releases = [home.release(TOTALS, mood) for mood in (1, 2, 3)]
    storage, calls = home.lake.storage, iter(range(9))
    remove = storage.remove

    def dying(names: Iterable[str]) -> None:
        for name in names:
            if next(calls) == 3:
                raise Died
            remove([name])

    with monkeypatch.context() as patched:
        patched.setattr(storage, "remove", dying)
        with pytest.raises(Died):
            gc(home, keep=1)
    manifests = [name for name in files(home) if name.endswith(FILE_NAME)]
    left = len(files(home))
    make_old(home)
    gc(home, keep=1)

    assert manifests == [f"{releases[2].place.removeprefix('snapshots/')}/{FILE_NAME}"]
    assert (left, len(files(home))) == (3, 2)


def at_work(home: Home, key: str, attempt: str, job: Job | None = None) -> None:
    home.environment.ledger.claim(Entry(key, attempt, {WHOLE: "f"}, "a run", "local", "now"))
    if job:
        name = f"{place(key, attempt)}/job.json"
        papers = home.environment.papers_of("local")
        papers.put(name, json.dumps(job.to_json()).encode())


def a_job(home: Home, snapshot: Any) -> Job:
    files = tuple(home.lake.storage.where(file.path) for file in snapshot.files)
    return Job(
        attempt="at-work",
        contract=TOTALS.contract,
        code_version="code",
        lake=home.lake.storage.url,
        data="snapshots/care/totals/all/f-at-work",
        fingerprints={WHOLE: "f"},
        manifests={WHOLE: "snapshots/care/totals/all/f-at-work"},
        inputs={"moods": SnapshotInput(MOODS.contract, {DAY: files})},
    )


def test_what_a_job_at_work_reads_stays(home):
    first, second, _ = [home.release(MOODS, mood, day=DAY) for mood in (1, 2, 3)]
    at_work(home, "care/totals", "at-work", a_job(home, first))
    make_old(home)

    gc(home, keep=1)

    assert is_there(home, first.place)
    assert not is_there(home, second.place)


def test_while_a_job_has_not_said_what_it_reads_every_release_stays(home):
    first, second = [home.release(MOODS, mood, day=DAY) for mood in (1, 2)]
    at_work(home, "care/totals", "at-work")

    gc(home, keep=1)

    assert is_there(home, first.place)
    assert is_there(home, second.place)


def test_what_a_job_at_work_writes_and_its_papers_stay(home):
    snapshot = home.commit(TOTALS, 1)
    home.lake.storage.remove([f"{snapshot.place}/{FILE_NAME}"])
    committed = home.commit(TOTALS, 2)
    for attempt in (snapshot.manifest.attempt, committed.manifest.attempt):
        home.environment.ledger.claim(
            Entry("care/totals", attempt, {attempt: "f"}, "a run", "local", "now")
        )
    make_old(home)

    gc(home)

    assert len(files(home)) == 3
    assert len(files(home, "jobs")) == 2


def test_papers_of_jobs_that_are_over_stay_for_some_days(home):
    for attempt in ("old", "new"):
        log = f"{place('care/totals', attempt)}/logs/spark.log"
        home.environment.papers.put(log, b"what it said")
        if attempt == "old":
            make_old(home)

    garbage = gc(home)["care/totals"]

    assert files(home, "jobs") == {"care/totals/new/logs/spark.log"}
    assert garbage.bytes == len("what it said")


def test_what_an_interrupted_rollback_is_about_stays(home, monkeypatch):
    first, second = home.release(TOTALS, 1), home.release(TOTALS, 2)

    def die(*arguments):
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(DuckDBWarehouse, "publish", die)
        with pytest.raises(Died):
            roll_back(Request("care/totals"), TABLES, home.environment, home.instance)
    make_old(home)

    gc(home, keep=1)

    assert [is_there(home, release.place) for release in (first, second)] == [True, True]


@pytest.mark.parametrize("table", [TOTALS, EXTRACT], ids=["a table", "an extract"])
def test_what_was_staged_and_left_goes(home, table):
    home.release(table, 1)
    destination = home.environment.destination(table.contract)
    with home.lake.at_hand([home.commit(table, 2)]) as near:
        destination.stage(table.contract, near, "a run")

    garbage = gc(home)[table.key]

    assert len(garbage.staged) == 1
    assert destination.leftovers(table.contract) == []
    assert home.moods(table) == [1]


def test_a_dry_run_says_the_same_and_removes_nothing(home):
    for mood in range(1, 6):
        home.release(TOTALS, mood)
    with home.lake.at_hand([home.commit(TOTALS, 9)]) as near:
        home.environment.warehouse.stage(TOTALS.contract, near, "a run")
    home.lake.storage.put(f"{place('care/totals', 'old')}/job.json", b"{}")
    make_old(home)
    before = files(home)

    said = gc(home, dry_run=True)
    stayed = files(home)
    done = gc(home)

    assert stayed == before
    assert said == done
    assert len(said["care/totals"].papers) == 1


def test_what_is_removed_is_counted(home):
    first = home.release(TOTALS, 1)
    home.release(TOTALS, 2)
    size = sum(listed.bytes for listed in home.lake.storage.listed(f"{first.place}/"))

    garbage = gc(home, keep=1)["care/totals"]

    assert (len(garbage.manifests), len(garbage.files), garbage.bytes) == (1, 1, size)
    assert not home.lake.storage.has_folder(first.place)


def test_a_table_that_is_not_declared_any_more_is_swept_too(home):
    home.commit(replace(TOTALS, contract=replace(TOTALS.contract, key="old/table")), 1)
    make_old(home)

    gc(home)

    assert files(home) == set()


@pytest.mark.parametrize("damaged", ["pointer", "manifest"])
def test_a_table_that_cannot_be_read_is_left_alone_and_named(home, damaged):
    published = [home.release(TOTALS, mood) for mood in (1, 2)][-1]
    others = [home.release(MOODS, mood, day=DAY) for mood in (1, 2)]
    pointer, storage = f"published/care/totals/{WHOLE}.json", home.lake.storage
    name = pointer if damaged == "pointer" else f"{published.place}/{FILE_NAME}"
    storage.put(name, b"{")
    make_old(home)

    swept = gc(home, keep=1)

    assert swept["care/totals"].problem.startswith(f"{storage.where(name)} is not a ")
    assert len([name for name in files(home) if name.startswith("care/totals")]) == 4
    assert not is_there(home, others[0].place)


def test_a_damaged_manifest_that_nobody_needs_goes(home):
    snapshot = home.commit(TOTALS, 1)
    home.lake.storage.put(f"{snapshot.place}/{FILE_NAME}", b"{")
    make_old(home)

    gc(home)

    assert files(home) == set()


def test_a_home_without_a_lake_has_nothing_to_remove(home):
    swept = gc(home)

    assert swept == {}
    assert [*home.lake.storage.listed("")] == []
