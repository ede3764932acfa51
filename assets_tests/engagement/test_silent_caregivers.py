"""engagement/silent_caregivers."""

from datetime import UTC, date, datetime

import pytest

from assets_tests.frames import rows_of
from spark.engagement.silent_caregivers import silent_caregivers

NEWEST = date(2025, 1, 20)
SOMEBODY_ELSE = (99, NEWEST, 1, 0, 0, 0)


@pytest.fixture
def silent(spark):
    def compute(days, caregivers=(7,), teams=()):
        return silent_caregivers(
            spark.createDataFrame(
                days,
                "caregiver_id bigint, day date, notes int, messages_sent int, "
                "messages_received int, visits int",
            ),
            spark.createDataFrame(
                [(caregiver, "MA") for caregiver in caregivers],
                "caregiver_id bigint, state string",
            ),
            spark.createDataFrame(
                list(teams),
                "caregiver_id bigint, care_team_id bigint, care_team_name string, state string, "
                "assigned_at timestamp",
            ),
        )

    return compute


def test_seven_days_without_activity_are_silence_and_six_are_not(silent):
    days = [
        SOMEBODY_ELSE,
        (7, date(2025, 1, 13), 1, 0, 0, 0),
        (7, date(2025, 1, 2), 1, 0, 0, 0),
        (8, date(2025, 1, 14), 1, 0, 0, 0),
    ]

    result = silent(days, caregivers=(7, 8, 99))

    assert rows_of(result, "caregiver_id, last_active_on, silent_days") == {
        (7, date(2025, 1, 13), 7)
    }


def test_messages_from_the_team_do_not_end_a_silence(silent):
    result = silent([(7, date(2025, 1, 10), 0, 1, 0, 0), (7, NEWEST, 0, 0, 3, 0)])

    assert rows_of(result, "caregiver_id, silent_days") == {(7, 10)}


def test_who_was_never_active_is_silent_since_the_assignment_to_a_team(silent):
    teams = [
        (7, 3, "Harbor", "MA", datetime(2025, 1, 14, 4, 59, tzinfo=UTC)),
        (8, 3, "Harbor", "MA", datetime(2025, 1, 14, 5, tzinfo=UTC)),
    ]

    result = silent([SOMEBODY_ELSE], caregivers=(7, 8), teams=teams)

    columns = "caregiver_id, care_team_id, care_team_name, last_active_on, silent_days"
    assert rows_of(result, columns) == {(7, 3, "Harbor", None, 7)}


def test_who_was_never_active_and_has_no_team_is_listed(silent):
    result = silent([SOMEBODY_ELSE], caregivers=(7,))

    assert rows_of(result, "caregiver_id, care_team_id, silent_days") == {(7, None, None)}


def test_somebody_who_is_not_enrolled_is_not_listed(silent):
    result = silent([SOMEBODY_ELSE, (6, date(2025, 1, 1), 1, 0, 0, 0)], caregivers=(99,))

    assert result.collect() == []


def test_without_any_day_nobody_is_silent(silent):
    assert silent([], caregivers=(7,)).collect() == []
