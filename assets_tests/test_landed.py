"""What has landed, by day, and when a day counts as changed."""

import json
import os
import time
from pathlib import Path

import dagster as dg
import pytest

from seniorlink_assets.calendar import DAYS
from seniorlink_assets.landed import Landed, LandedError
from spark.contract import LandingColumn, LandingSet

NOTES = LandingSet("landing/app/notes", "csv", (LandingColumn("id", "The note."),))
DAY = "2025-01-02"


@pytest.fixture
def landed(tmp_path: Path) -> Landed:
    return Landed(tmp_path, tmp_path / "cache")


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


def test_a_day_is_its_files_with_their_size(tmp_path, landed):
    second = land(tmp_path, "b.csv", "id\n1\n")
    first = land(tmp_path, "a.csv", "id\n")
    land(tmp_path, ".b.csv.part", "id")

    day = landed.day(NOTES, DAY)

    assert (day.day, day.files, day.bytes) == (DAY, (first, second), 8)


def test_the_days_are_the_folders(tmp_path, landed):
    for day in ("2025-01-03", DAY):
        land(tmp_path, "a.csv", "id\n", day)
    land(tmp_path, "a.csv", "id\n", ".arriving")
    (tmp_path / "landing" / "app" / "notes" / "README").write_text("about")

    assert landed.days(NOTES) == [DAY, "2025-01-03"]


def test_a_folder_that_is_no_day_is_refused(tmp_path, landed):
    land(tmp_path, "a.csv", "id\n", "2025-1-2")

    with pytest.raises(LandedError) as error:
        landed.days(NOTES)

    assert str(error.value) == (
        f"landing/app/notes/2025-1-2 in {tmp_path} is no day; rename the folder to one "
        "(2025-01-31), or let its name begin with a dot to have it ignored"
    )


def test_an_empty_folder_is_a_day_on_which_there_was_nothing(tmp_path, landed):
    (tmp_path / "landing" / "app" / "notes" / DAY).mkdir(parents=True)

    day = landed.day(NOTES, DAY)

    assert (day.files, day.bytes) == ((), 0)


def test_a_missing_day_is_named(tmp_path, landed):
    land(tmp_path, "a.csv", "id\n", "2025-01-03")

    with pytest.raises(LandedError, match=f"landing/app/notes/{DAY} is missing in "):
        landed.day(NOTES, DAY)


@pytest.mark.parametrize("look", ["days", "day"])
def test_a_missing_set_is_named(landed, look):
    with pytest.raises(LandedError, match="landing/app/notes is missing in "):
        landed.days(NOTES) if look == "days" else landed.day(NOTES, DAY)


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
    monkeypatch.setattr("seniorlink_assets.landed.time", Later())


def test_a_file_that_has_settled_is_not_read_again(tmp_path, landed, an_hour_later):
    path = land(tmp_path, "a.csv", "id\n1\n")
    before = landed.day(NOTES, DAY).version
    (entry,) = json.loads(cache_file(tmp_path).read_text()).values()

    cache_file(tmp_path).write_text(json.dumps({"a.csv": [*entry[:3], "remembered"]}))

    assert path.stat().st_size == entry[0]
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
        b'{"a.csv": [5, 1]}',
        b'{"a.csv": [5, 1, 1, null]}',
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

    assert Landed(tmp_path, tmp_path / "elsewhere").day(NOTES, DAY) == landed.day(NOTES, DAY)


@pytest.mark.parametrize(("first", "hours"), [("2025-03-09", 23), ("2025-11-02", 25)])
def test_the_day_the_clocks_change_is_one_day(tmp_path, landed, first, hours):
    land(tmp_path, "a.csv", "id\n", first)

    window = DAYS.time_window_for_partition_key(first)

    assert landed.days(NOTES) == [first]
    assert (window.end.timestamp() - window.start.timestamp()) / 3600 == hours


def test_every_day_of_a_year_with_both_changes_is_a_partition_once():
    keys = DAYS.get_partition_keys_in_range(dg.PartitionKeyRange("2025-01-01", "2025-12-31"))

    assert len(keys) == len({*keys}) == 365
