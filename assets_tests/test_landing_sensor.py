"""The landing sensor: files that landed become exactly the runs that they call for."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from seniorlink_assets import catalogue
from seniorlink_assets.calendar import ZONE
from seniorlink_assets.definitions import definitions
from seniorlink_assets.environments import Environment, environment
from seniorlink_assets.landing_cursor import CursorError, Seen
from seniorlink_assets.landing_sensor import look_at_landing
from seniorlink_assets.snapshot import Snapshot
from spark.contract import WHOLE
from spark.contract.manifest import Manifest

MESSAGES, NOTES, VISITS = "caregiver_app/messages", "caregiver_app/notes", "clinical/visits"
ASSESSMENTS, CAREGIVERS, CLAIMS = "clinical/assessments", "enrolment/caregivers", "billing/claims"


@pytest.fixture(scope="module")
def repository() -> dg.RepositoryDefinition:
    return definitions().get_repository_def()


@pytest.fixture(autouse=True)
def only_the_sample_company(
    repository: dg.RepositoryDefinition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What other tests have declared does not count."""
    real = {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}
    kept = {key: given for key, given in catalogue._by_key.items() if key in real}
    monkeypatch.setattr(catalogue, "_by_key", kept)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path))
    return environment()


@pytest.fixture
def land(place: Environment) -> Callable[..., None]:
    def write(landing: str, *days: str, text: str = "1", file: str = "rows.csv") -> None:
        for day in days:
            folder = place.home / "landing" / landing / day
            folder.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def publish(place: Environment) -> Callable[[str], None]:
    def move_pointer(key: str) -> None:
        manifest = Manifest(key, WHOLE, "f", "a", "c", "4", (), 0)
        place.lake.publish(
            Snapshot(place.lake.storage.url, f"snapshots/{key}", manifest), None, "run"
        )

    return move_pointer


@pytest.fixture
def tick(repository: dg.RepositoryDefinition, place: Environment) -> Callable[..., Any]:
    """One tick of the sensor: `tick()` the first, `tick(before)` one that follows."""

    def evaluate(before: Any = None) -> Any:
        cursor = before if isinstance(before, str) else before and before.cursor
        context = dg.build_sensor_context(
            cursor=cursor, repository_def=repository, resources={"environment": place}
        )
        return repository.get_sensor_def("landing_sensor").evaluate_tick(context)

    return evaluate


def asked(result: Any) -> list[tuple[str, str, str]]:
    """What runs were requested for: tables, first day, last day."""
    return [
        (
            " ".join(key.to_user_string() for key in request.asset_selection),
            request.partition_key_range.start if request.partition_key_range else WHOLE,
            request.partition_key_range.end if request.partition_key_range else WHOLE,
        )
        for request in result.run_requests
    ]


def asked_in(look: Any) -> list[str]:
    return [request.partition_key_range.end for request in look.requests]


def folders_of_sets(place: Environment) -> list[Path]:
    keys = definitions().resolve_asset_graph().external_asset_keys
    return [place.home / key.to_user_string() for key in keys]


def run_keys(result: Any) -> list[str]:
    return [request.run_key for request in result.run_requests]


def days_from(first: date, count: int) -> Iterator[str]:
    return ((first + timedelta(days=number)).isoformat() for number in range(count))


def test_a_new_day_is_asked_of_the_daily_table_that_reads_it(tick, land):
    land(MESSAGES, "2025-03-01")

    result = tick()

    assert asked(result) == [("care/messages", "2025-03-01", "2025-03-01")]


def test_consecutive_days_of_the_same_tables_are_one_run(tick, land):
    land(MESSAGES, "2025-02-28", "2025-03-01", "2025-03-02", "2025-03-05", "2025-03-07")
    land(VISITS, "2025-03-02")

    result = tick()

    assert asked(result) == [
        ("care/messages", "2025-02-28", "2025-03-01"),
        ("care/messages clinical/visits", "2025-03-02", "2025-03-02"),
        ("care/messages", "2025-03-05", "2025-03-05"),
        ("care/messages", "2025-03-07", "2025-03-07"),
    ]


def test_the_unpartitioned_readers_of_all_changed_sets_are_one_run(tick, land):
    land(ASSESSMENTS, "2025-03-01", "2025-03-02")
    land(CAREGIVERS, "2025-03-01")

    result = tick()

    assert asked(result) == [
        (
            "clinical/assessments enrolment/caregiver_addresses enrolment/caregivers",
            WHOLE,
            WHOLE,
        )
    ]


def test_a_late_file_is_asked_for_its_day_only(tick, land):
    land(MESSAGES, "2025-03-01", "2025-03-02", "2025-03-03")
    land(VISITS, "2025-03-02")
    first = tick()
    land(MESSAGES, "2025-03-02", file="late.csv")

    second = tick(first)

    assert asked(second) == [("care/messages", "2025-03-02", "2025-03-02")]


def test_nothing_is_asked_twice(tick, land):
    land(MESSAGES, "2025-03-01")
    land(ASSESSMENTS, "2025-03-01")
    first = tick()

    second = tick(first)

    assert asked(second) == []
    assert second.cursor == first.cursor


def test_the_same_tick_again_has_the_same_run_keys(tick, land):
    land(MESSAGES, "2025-03-01")
    land(ASSESSMENTS, "2025-03-01")

    assert run_keys(tick()) == run_keys(tick())


def test_a_changed_file_is_asked_for_under_a_new_run_key(tick, land):
    land(MESSAGES, "2025-03-01")
    land(ASSESSMENTS, "2025-03-01")
    first = tick()
    land(MESSAGES, "2025-03-01", text="22")
    land(ASSESSMENTS, "2025-03-01", text="22")

    second = tick(first)

    assert asked(second) == asked(first)
    assert {*run_keys(first)}.isdisjoint(run_keys(second))


def test_a_file_that_gets_its_old_content_back_is_asked_for_again(tick, land):
    land(MESSAGES, "2025-03-01", text="1")
    land(ASSESSMENTS, "2025-03-01", text="1")
    results = [tick()]
    for text in ("22", "1", "22"):
        land(MESSAGES, "2025-03-01", text=text)
        land(ASSESSMENTS, "2025-03-01", text=text)
        results.append(tick(results[-1]))

    keys = [key for result in results for key in run_keys(result)]

    assert len({*keys}) == 8


def test_a_removed_day_asks_for_nothing(tick, land, place):
    land(ASSESSMENTS, "2025-03-01", "2025-03-02")
    first = tick()
    folder = place.home / "landing" / ASSESSMENTS / "2025-03-01"
    (folder / "rows.csv").unlink()
    folder.rmdir()

    assert asked(tick(first)) == []


def test_the_day_that_is_not_over_is_left_for_later(tick, land):
    tomorrow = datetime.now(ZoneInfo(ZONE)).date() + timedelta(days=1)
    land(MESSAGES, "2024-12-31", tomorrow.isoformat())

    result = tick()

    assert asked(result) == []
    assert Seen.from_cursor(result.cursor).versions == {}


def test_a_day_is_asked_for_once_it_is_over(land, place, repository):
    land(MESSAGES, "2025-03-01", "2025-03-02")
    seen = Seen()
    look_at_landing(place, seen, ["2025-03-01"])

    look = look_at_landing(place, seen, ["2025-03-01", "2025-03-02"])

    assert asked_in(look) == ["2025-03-02"]


def test_a_table_waits_until_the_dimension_that_it_also_reads_is_published(tick, land, publish):
    land(CLAIMS, "2025-03-01")
    first = tick()
    publish("enrolment/programmes")

    second = tick(first)

    assert asked(first) == []
    assert asked(second) == [("billing/claims", "2025-03-01", "2025-03-01")]


def test_a_waiting_set_says_for_what_it_waits(tick, land, place):
    for folder in folders_of_sets(place):
        folder.mkdir(parents=True)
    land(CLAIMS, "2025-03-01")

    result = tick()

    assert result.skip_message == (
        "landing/billing/claims waits: billing/claims also reads enrolment/programmes, of which "
        "nothing is published"
    )


def test_a_missing_set_is_told_in_one_sentence(tick):
    result = tick()

    assert "landing/billing/claims is missing in" in result.skip_message
    assert "seniorlink seed" in result.skip_message
    assert asked(result) == []


def test_nothing_new_is_told_too(tick, land, place, publish):
    for folder in folders_of_sets(place):
        folder.mkdir(parents=True)
    publish("enrolment/programmes")

    assert tick().skip_message == "Nothing new has landed"


@pytest.mark.parametrize("damage", ["?", "{}", "c-jk", Seen().to_cursor()[:-3]])
def test_a_damaged_cursor_starts_afresh_with_the_same_run_keys(tick, land, damage):
    land(MESSAGES, "2025-03-01", "2025-03-02")
    land(ASSESSMENTS, "2025-03-01")

    assert run_keys(tick(damage)) == run_keys(tick())


def test_a_damaged_cursor_is_told_in_one_sentence():
    with pytest.raises(CursorError, match=r"cursor is damaged .*; it starts afresh"):
        Seen.from_cursor("?")


def test_a_cursor_remembers_all_that_was_seen():
    seen = Seen(
        {"landing/a/b": {"2025-03-01": "0123abcd"}},
        3,
        {"care/notes"},
        ("2025-03-01", "landing/a/b"),
    )

    assert Seen.from_cursor(seen.to_cursor()) == seen


def test_thousands_of_days_are_asked_for_over_several_ticks_exactly_once(tick, land, publish):
    publish("enrolment/programmes")
    days = [*days_from(date(2025, 1, 1), 365)]
    daily = {"billing/claims", "care/daily_notes", "care/messages", "clinical/visits"}
    sets = [CLAIMS, NOTES, MESSAGES, VISITS, ASSESSMENTS, "billing/stipends", CAREGIVERS]
    sets += ["enrolment/care_teams", "enrolment/programmes", "enrolment/consumers"]
    for landing in sets:
        land(landing, *days)

    results = [tick()]
    while results[-1].run_requests:
        results.append(tick(results[-1]))

    counted = Counter()
    for tables, first, last in (one for result in results for one in asked(result)):
        covered = [WHOLE] if first == WHOLE else [day for day in days if first <= day <= last]
        counted.update((table, day) for table in tables.split() for day in covered)
    assert len(results) == 11
    assert {table for table, _ in counted if table in daily} == daily
    assert sum(day != WHOLE for _, day in counted) == len(daily) * len(days)
    assert {*counted.values()} == {1}


def test_a_look_that_runs_out_of_time_goes_on_where_it_stopped(land, place, repository):
    land(MESSAGES, "2025-03-01", "2025-03-02", "2025-03-03")
    finished = ["2025-03-01", "2025-03-02", "2025-03-03"]
    seen = Seen()
    look_at_landing(place, seen, finished)
    land(MESSAGES, "2025-03-01", text="22")

    looks = [look_at_landing(place, seen, finished, most_seconds=0) for _ in range(3)]

    assert [asked_in(look) for look in looks] == [[], [], ["2025-03-01"]]


def test_unpartitioned_tables_are_asked_for_once_all_new_days_are_seen(land, place, repository):
    land(ASSESSMENTS, "2025-03-01", "2025-03-02", "2025-03-03")
    finished = ["2025-03-01", "2025-03-02", "2025-03-03"]
    seen = Seen()

    looks = [look_at_landing(place, seen, finished, most_days=2) for _ in range(3)]

    assert [len(look.requests) for look in looks] == [0, 1, 0]
