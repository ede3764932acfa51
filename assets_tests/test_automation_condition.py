"""What is requested by itself when a table of the catalogue changes."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from seniorlink_assets.definitions import definitions


class Automation:
    """Dagster's automation over the real catalogue, tick by tick."""

    def __init__(self, defs: dg.Definitions, instance: dg.DagsterInstance) -> None:
        self._defs = defs
        self._instance = instance
        self._cursor: Any = None

    def materialize(self, key: str, day: str | None = None, version: str = "1") -> None:
        self._instance.report_runless_asset_event(
            dg.AssetMaterialization(
                dg.AssetKey.from_user_string(key),
                partition=day,
                tags={"dagster/data_version": version},
            )
        )

    def tick(self) -> set[tuple[str, str | None]]:
        """The (table, day) that this tick requests."""
        result = dg.evaluate_automation_conditions(self._defs, self._instance, cursor=self._cursor)
        self._cursor = result.cursor
        return {
            (key.to_user_string(), day)
            for key in self._defs.resolve_asset_graph().materializable_asset_keys
            for day in result.get_requested_partitions(key)
        }


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    return definitions()


@pytest.fixture
def automation(defs: dg.Definitions) -> Iterator[Automation]:
    with dg.DagsterInstance.ephemeral() as instance:
        started = Automation(defs, instance)
        started.tick()
        yield started


DAY, OTHER_DAY = "2025-03-04", "2025-03-05"


def test_one_changed_day_requests_that_day_and_what_lies_below(automation):
    automation.materialize("care/daily_notes", DAY)
    automation.materialize("care/daily_notes", OTHER_DAY)
    automation.materialize("clinical/visits", DAY)
    automation.materialize("clinical/visits", OTHER_DAY)
    automation.tick()
    automation.materialize("care/messages", DAY)

    requested = automation.tick()

    assert requested == {("engagement/caregiver_days", DAY), ("engagement/response_times", None)}


def test_what_lies_further_below_is_requested_when_its_turn_comes(automation):
    automation.materialize("enrolment/caregivers")
    automation.materialize("enrolment/care_teams")
    automation.tick()
    automation.materialize("engagement/caregiver_days", DAY)

    requested = automation.tick()

    assert requested == {
        ("engagement/silent_caregivers", None),
        ("engagement/weekly_engagement", None),
        ("tableau/caregiver_engagement", None),
    }


def test_a_rerun_that_changed_nothing_requests_nothing(automation):
    automation.materialize("care/messages", DAY)
    automation.tick()
    automation.materialize("care/messages", DAY)

    assert automation.tick() == set()


def test_a_request_is_made_once(automation):
    automation.materialize("care/messages", DAY)
    automation.tick()

    assert automation.tick() == set()


def test_a_day_waits_until_all_its_inputs_are_there(automation):
    automation.materialize("care/messages", DAY)
    automation.materialize("care/daily_notes", DAY)
    before = automation.tick()
    automation.materialize("clinical/visits", DAY)

    after = automation.tick()

    assert ("engagement/caregiver_days", DAY) not in before
    assert after == {("engagement/caregiver_days", DAY)}


def test_a_table_waits_until_all_its_inputs_are_there(automation):
    automation.materialize("clinical/assessments")
    automation.materialize("enrolment/programmes")
    automation.materialize("enrolment/consumers")

    requested = automation.tick()

    assert requested == {
        ("clinical/assessment_answers", None),
        ("outcomes/assessment_changes", None),
        ("enrolment/enrolments", None),
        ("tableau/consumer_outcomes", None),
    }


def test_a_changed_dimension_does_not_recompute_the_history_of_daily_tables(automation):
    automation.materialize("care/daily_notes", DAY)
    automation.materialize("billing/claims", DAY)
    automation.tick()
    automation.materialize("enrolment/caregivers", version="2")
    automation.materialize("enrolment/programmes", version="2")

    requested = automation.tick()

    assert {table for table, day in requested if day is not None} == set()


def test_news_that_come_just_after_a_request_are_requested_too(automation):
    automation.materialize("care/messages", DAY)
    automation.tick()
    automation.materialize("care/messages", DAY, version="2")

    requested = automation.tick()

    assert ("engagement/response_times", None) in requested


def test_a_materialization_by_hand_does_not_swallow_the_news_before_it(automation):
    automation.materialize("care/messages", DAY)
    automation.materialize("engagement/response_times")

    requested = automation.tick()

    assert ("engagement/response_times", None) in requested


def test_tables_that_read_only_landing_are_left_to_the_landing_sensor(defs):
    graph = defs.resolve_asset_graph()

    left = {
        key.to_user_string()
        for key in graph.materializable_asset_keys
        if graph.get(key).automation_condition is None
    }

    assert left == {
        "billing/claims",
        "billing/stipends",
        "care/daily_notes",
        "care/messages",
        "clinical/assessments",
        "clinical/visits",
        "enrolment/caregiver_addresses",
        "enrolment/caregivers",
        "enrolment/consumers",
        "enrolment/programmes",
        "reference/zip_counties",
    }
