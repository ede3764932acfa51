"""What has landed, by day, and when a day counts as changed."""

import json
import os
import time
from pathlib import Path

import dagster as dg
import pytest

from assets_tests.storages import in_bucket
from seniorlink_assets.calendar import DAYS
from seniorlink_assets.landed import Landed, LandedError
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.storage.disk import DiskStorage
from spark.contract import LandingColumn, LandingSet

NOTES = LandingSet("landing/app/notes", "csv", (LandingColumn("id", "The note."),))
DAY = "2025-01-02"


@pytest.fixture
def landed(tmp_path: Path) -> Landed:
    return Landed(DiskStorage(tmp_path), tmp_path / "cache")


def land(home: Path, name: str, content: str, day: str = DAY, *, hours_ago: int = 0) -> Path:
    path = home / "landing" / "app" / "notes" / day / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    if hours_ago:
        then = time.time_ns() - hours_ago * 3600 * 10**9
        os.utime(path, ns=(then, then))
    return path


def cache_file(home: Path, day: str = DAY) -> Path:
    return home / "cache" / "landing" / "app" / "notes" / f"{day}.json"


@pytest.fixture
def anywhere(storage: Storage, tmp_path: Path) -> Landed:
    """What has landed in a storage of each kind."""
    return Landed(storage, tmp_path / "cache" if isinstance(storage, DiskStorage) else None)


def put(storage: Storage, name: str, content: str, day: str = DAY) -> str:
    """Lands a file; what a job calls it."""
    name = f"landing/app/notes/{day}/{name}"
    storage.put(name, content.encode())
    return storage.where(name)


def make_folder(storage: Storage, name: str) -> None:
    if isinstance(storage, DiskStorage):
        (storage.root / name).mkdir(parents=True)
    else:
        storage.put(f"{name}/", b"")


def test_a_day_is_its_files_with_their_size(storage, anywhere):
    second = put(storage, "b.csv", "id\n1\n")
    first = put(storage, "a.csv", "id\n")
    put(storage, ".b.csv.part", "id")
    put(storage, "more/a.csv", "id")

    day = anywhere.day(NOTES, DAY)

    assert (day.day, day.files, day.bytes) == (DAY, (first, second), 8)


def test_the_days_are_the_folders(storage, anywhere):
    for day in ("2025-01-03", DAY, ".arriving"):
        put(storage, "a.csv", "id\n", day)
    storage.put("landing/app/notes/README", b"about")

    assert anywhere.days(NOTES) == [DAY, "2025-01-03"]


def test_the_days_of_all_sets_are_found(storage, anywhere):
    for name in (
        "app/notes/2025-01-02",
        "app/visits/2025-01-03",
        "app/visits/.new",
        "b/c/2025-1-2",
    ):
        storage.put(f"landing/{name}/a.csv", b"")

    assert anywhere.every_day() == {"2025-01-02", "2025-01-03"}


def test_several_days_are_looked_at_together(storage, anywhere):
    for day in ("2025-01-03", DAY):
        put(storage, "a.csv", day, day)

    found = anywhere.each_day(NOTES, [DAY, "2025-01-03"])

    assert [*found] == [DAY, "2025-01-03"]
    assert found[DAY] == anywhere.day(NOTES, DAY)


MANY = [f"2025-01-{number:02}" for number in range(1, 32)] + ["2025-02-01", "2025-02-02"]


def test_many_days_are_looked_at_as_each_by_itself(storage, anywhere):
    for day in MANY:
        put(storage, "a.csv", day, day)
        put(storage, ".a.csv.part", day, day)
        put(storage, "more/a.csv", day, day)
    storage.remove([f"landing/app/notes/{MANY[3]}/"])
    make_folder(storage, f"landing/app/notes/{MANY[3]}")
    storage.put("landing/app/notes/README", b"about")

    found = anywhere.each_day(NOTES, MANY)

    assert [*found.values()] == [anywhere.day(NOTES, day) for day in MANY]
    assert [len(found[day].files) for day in MANY[:5]] == [1, 1, 1, 0, 1]


@pytest.mark.parametrize("count", [5, len(MANY)])
def test_all_days_that_are_missing_are_named_at_once(storage, anywhere, count):
    put(storage, "a.csv", "id\n", MANY[0])

    with pytest.raises(LandedError) as error:
        anywhere.each_day(NOTES, MANY[:count])

    assert [*error.value.by_partition] == MANY[1:count]
    for day, said in error.value.by_partition.items():
        with pytest.raises(LandedError) as alone:
            anywhere.day(NOTES, day)
        assert said == str(alone.value)


def test_a_folder_that_is_no_day_is_refused(storage, anywhere):
    put(storage, "a.csv", "id\n", "2025-1-2")

    with pytest.raises(LandedError) as error:
        anywhere.days(NOTES)

    assert str(error.value) == (
        f"landing/app/notes/2025-1-2 in {storage.url} is no day; rename the folder to one "
        "(2025-01-31), or let its name begin with a dot to have it ignored"
    )


def test_an_empty_folder_is_a_day_on_which_there_was_nothing(storage, anywhere):
    make_folder(storage, f"landing/app/notes/{DAY}")

    day = anywhere.day(NOTES, DAY)

    assert (day.files, day.bytes) == ((), 0)
    assert anywhere.days(NOTES) == [DAY]


def test_a_set_without_a_day_is_there(storage, anywhere):
    make_folder(storage, "landing/app/notes")

    assert anywhere.days(NOTES) == []


def test_a_missing_day_is_named(storage, anywhere):
    put(storage, "a.csv", "id\n", "2025-01-03")

    with pytest.raises(LandedError, match=f"landing/app/notes/{DAY} is missing in "):
        anywhere.day(NOTES, DAY)


@pytest.mark.parametrize("look", ["days", "day"])
def test_a_missing_set_is_named(anywhere, look):
    with pytest.raises(LandedError, match="landing/app/notes is missing in "):
        anywhere.days(NOTES) if look == "days" else anywhere.day(NOTES, DAY)


CHANGES = {
    "a file changes": lambda storage: put(storage, "a.csv", "id\n1\n2\n"),
    "a file changes and keeps its size": lambda storage: put(storage, "a.csv", "id\n2\n"),
    "a file comes": lambda storage: put(storage, "b.csv", "id\n1\n"),
    "a file goes": lambda storage: storage.remove([f"landing/app/notes/{DAY}/a.csv"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_day_has_another_version_when_its_files_change(storage, anywhere, change):
    put(storage, "a.csv", "id\n1\n")
    put(storage, "c.csv", "id\n1\n")
    before = anywhere.day(NOTES, DAY).version

    assert anywhere.day(NOTES, DAY).version == before
    CHANGES[change](storage)
    assert anywhere.day(NOTES, DAY).version != before


def test_a_day_in_a_bucket_is_one_request(aws):
    storage = in_bucket(aws)
    for number in range(30):
        put(storage, f"{number}.csv", "id\n")
    aws.forget_counters()

    Landed(storage).day(NOTES, DAY)

    assert {name: count["requests"] for name, count in aws.counters.items()} == {
        "s3:ListObjectsV2": 1
    }


def test_the_version_stays_when_a_file_is_only_touched(tmp_path, landed):
    path = land(tmp_path, "a.csv", "id\n1\n")
    before = landed.day(NOTES, DAY).version

    os.utime(path, ns=(1, 1))

    assert landed.day(NOTES, DAY).version == before


@pytest.mark.parametrize(
    "change",
    [
        lambda home: land(home, "a.csv", "id\n1\n2\n"),
        lambda home: land(home, "b.csv", "id\n1\n"),
        lambda home: land(home, "a.csv", "id\n1\n").unlink(),
        lambda home: land(home, "a.csv", "id\n1\n").rename(home / f"landing/app/notes/{DAY}/c.csv"),
    ],
    ids=["a file changes", "a file comes", "a file goes", "a file gets another name"],
)
def test_the_version_changes_with_the_files(tmp_path, landed, change):
    land(tmp_path, "a.csv", "id\n1\n")
    before = landed.day(NOTES, DAY).version

    change(tmp_path)

    assert landed.day(NOTES, DAY).version != before


def test_a_change_of_the_same_size_at_the_same_moment_is_seen(tmp_path, landed):
    land(tmp_path, "a.csv", "id\n1\n")
    before = landed.day(NOTES, DAY).version

    land(tmp_path, "a.csv", "id\n2\n")

    assert landed.day(NOTES, DAY).version != before


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path, landed):
    path = land(tmp_path, "a.csv", "id\n1\n", hours_ago=5)
    before, then = landed.day(NOTES, DAY).version, path.stat().st_mtime_ns

    path.write_text("id\n2\n")
    os.utime(path, ns=(then, then))

    assert landed.day(NOTES, DAY).version != before


class Later:
    """A clock that shows a later hour than it is."""

    def time_ns(self) -> int:
        return time.time_ns() + 3600 * 10**9


@pytest.fixture
def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seniorlink_assets.storage.disk.time", Later())


def test_a_file_that_has_settled_is_not_read_again(tmp_path, landed, an_hour_later):
    land(tmp_path, "a.csv", "id\n1\n")
    before = landed.day(NOTES, DAY).version
    (entry,) = json.loads(cache_file(tmp_path).read_text()).values()

    cache_file(tmp_path).write_text(json.dumps({"a.csv": [entry[0], "remembered"]}))

    assert landed.day(NOTES, DAY).version != before


def test_a_file_that_has_just_changed_is_not_remembered(tmp_path, landed):
    land(tmp_path, "a.csv", "id\n1\n")

    landed.day(NOTES, DAY)

    assert not cache_file(tmp_path).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"a.csv": 5}',
        b'{"a.csv": []}',
        b'{"a.csv": [5, 1, 1]}',
        b'{"a.csv": ["5-1-1", null]}',
    ],
)
def test_a_damaged_memory_costs_time_only(tmp_path, landed, an_hour_later, content):
    land(tmp_path, "a.csv", "id\n1\n")
    before = landed.day(NOTES, DAY).version
    cache_file(tmp_path).write_bytes(content)

    after = landed.day(NOTES, DAY).version

    assert after == before
    assert [*json.loads(cache_file(tmp_path).read_text())] == ["a.csv"]


def test_another_process_without_the_memory_finds_the_same_version(tmp_path, landed, an_hour_later):
    land(tmp_path, "a.csv", "id\n1\n")

    assert Landed(DiskStorage(tmp_path), tmp_path / "elsewhere").day(NOTES, DAY) == landed.day(
        NOTES, DAY
    )


@pytest.mark.parametrize(("first", "hours"), [("2025-03-09", 23), ("2025-11-02", 25)])
def test_the_day_the_clocks_change_is_one_day(tmp_path, landed, first, hours):
    land(tmp_path, "a.csv", "id\n", first)

    window = DAYS.time_window_for_partition_key(first)

    assert landed.days(NOTES) == [first]
    assert (window.end.timestamp() - window.start.timestamp()) / 3600 == hours


def test_every_day_of_a_year_with_both_changes_is_a_partition_once():
    keys = DAYS.get_partition_keys_in_range(dg.PartitionKeyRange("2025-01-01", "2025-12-31"))

    assert len(keys) == len({*keys}) == 365
