"""engagement/weekly_engagement."""

from datetime import date

import pytest

from assets_tests.frames import rows_of


@pytest.fixture
def weeks(spark, run_sql):
    def compute(days):
        frame = spark.createDataFrame(
            days,
            "caregiver_id bigint, day date, notes int, messages_sent int, messages_received int, "
            "visits int, mood smallint",
        )
        return run_sql("engagement/weekly_engagement", caregiver_days=frame)

    return compute


def test_a_week_runs_from_monday_to_sunday(weeks):
    result = weeks(
        [
            (7, date(2025, 1, 5), 1, 0, 0, 0, None),
            (7, date(2025, 1, 6), 1, 2, 3, 1, None),
            (7, date(2025, 1, 12), 0, 1, 1, 0, None),
        ]
    )

    columns = "week_starting_on, active_days, notes, messages_sent, messages_received, visits"
    assert rows_of(result, columns) == {
        (date(2024, 12, 30), 1, 1, 0, 0, 0),
        (date(2025, 1, 6), 2, 1, 3, 4, 1),
    }


def test_a_week_over_the_end_of_the_year_is_one_week(weeks):
    result = weeks(
        [
            (7, date(2025, 12, 31), 1, 0, 0, 0, None),
            (7, date(2026, 1, 1), 1, 0, 0, 0, None),
        ]
    )

    assert rows_of(result, "week_starting_on, notes") == {(date(2025, 12, 29), 2)}


def test_a_day_of_received_messages_only_is_no_active_day(weeks):
    result = weeks([(7, date(2025, 1, 6), 0, 0, 4, 0, None)])

    assert rows_of(result, "active_days, messages_received") == {(0, 4)}


def test_the_mean_mood_is_over_the_days_that_have_one(weeks):
    result = weeks(
        [
            (7, date(2025, 1, 6), 1, 0, 0, 0, 2),
            (7, date(2025, 1, 7), 1, 0, 0, 0, 5),
            (7, date(2025, 1, 8), 1, 0, 0, 0, None),
            (8, date(2025, 1, 6), 1, 0, 0, 0, None),
        ]
    )

    assert rows_of(result, "caregiver_id, mean_mood") == {(7, 3.5), (8, None)}
