"""The nightly run: what it is about, and for which day."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import cron_string_iterator

from seniorlink_assets.calendar import ZONE
from seniorlink_assets.definitions import definitions


@pytest.fixture(scope="module")
def repository() -> dg.RepositoryDefinition:
    return definitions().get_repository_def()


def requested(repository: dg.RepositoryDefinition, at: datetime) -> list[Any]:
    schedule = repository.get_schedule_def("nightly_schedule")
    context = dg.build_schedule_context(scheduled_execution_time=at, repository_def=repository)
    return schedule.evaluate_tick(context).run_requests


@pytest.mark.parametrize("change", ["2025-03-09", "2025-11-02", "2026-03-08", "2026-11-01"])
def test_every_day_around_a_change_of_the_clock_has_one_run(repository, change):
    schedule = repository.get_schedule_def("nightly_schedule")
    middle = datetime.fromisoformat(change).replace(tzinfo=ZoneInfo(ZONE))
    ticks = cron_string_iterator(
        (middle - timedelta(days=2)).timestamp(),
        schedule.cron_schedule,
        schedule.execution_timezone,
    )

    requests = [request for _ in range(5) for request in requested(repository, next(ticks))]

    expected = [(middle + timedelta(days=days)).date().isoformat() for days in range(-3, 2)]
    assert [request.partition_key for request in requests] == expected
    assert [request.run_key for request in requests] == expected


def test_the_time_may_be_given_in_utc(repository):
    at = datetime.fromisoformat("2025-07-01T07:00:00+00:00")

    (request,) = requested(repository, at)

    assert request.partition_key == "2025-06-30"


def test_the_nightly_run_computes_every_table_and_extract(repository):
    graph = repository.asset_graph

    computed = repository.get_job("nightly").asset_layer.executable_asset_keys

    assert computed == graph.materializable_asset_keys


def test_no_run_starts_by_itself_before_somebody_turns_it_on(repository):
    schedules = [schedule.default_status for schedule in repository.schedule_defs]
    running = [
        sensor.name
        for sensor in repository.sensor_defs
        if sensor.default_status == dg.DefaultSensorStatus.RUNNING
    ]

    assert {*schedules} == {dg.DefaultScheduleStatus.STOPPED}
    assert running == ["job_reaper"]
