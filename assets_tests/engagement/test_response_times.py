"""engagement/response_times."""

from datetime import UTC, date, datetime

import pytest

from assets_tests.frames import rows_of
from spark.engagement.response_times import response_times

MONDAY = date(2025, 1, 6)


def at(hour, minute=0):
    return datetime(2025, 1, 6, hour, minute, tzinfo=UTC)


@pytest.fixture
def times(spark):
    def compute(messages):
        """Messages of (id, thread, sender, sent_at) to care team 3, or of (.., sent_on, team)."""
        rows = [row if len(row) == 6 else (*row, MONDAY, 3) for row in messages]
        return response_times(
            spark.createDataFrame(
                rows,
                "message_id bigint, thread_id bigint, sender_role string, sent_at timestamp, "
                "sent_on date, care_team_id bigint",
            )
        )

    return compute


def test_the_wait_begins_with_the_first_unanswered_message(times):
    result = times(
        [
            (1, 1, "caregiver", at(9)),
            (2, 1, "caregiver", at(10)),
            (3, 1, "care_team", at(11)),
            (4, 1, "care_team", at(12)),
        ]
    )

    columns = "care_team_id, week_starting_on, threads, questions, answered, median_minutes"
    assert rows_of(result, columns) == {(3, MONDAY, 1, 1, 1, 120)}


def test_a_thread_may_hold_several_questions(times):
    result = times(
        [
            (1, 1, "caregiver", at(9)),
            (2, 1, "care_team", at(9, 10)),
            (3, 1, "caregiver", at(10)),
            (4, 1, "care_team", at(10, 30)),
        ]
    )

    assert rows_of(result, "threads, questions, answered, median_minutes") == {(1, 2, 2, 20)}


def test_an_unanswered_thread_counts_and_has_no_waiting_time(times):
    result = times([(1, 1, "caregiver", at(9))])

    columns = "threads, questions, answered, median_minutes, p90_minutes"
    assert rows_of(result, columns) == {(1, 1, 0, None, None)}


def test_a_thread_in_which_only_the_team_writes_asks_nothing(times):
    result = times([(1, 1, "care_team", at(9)), (2, 1, "care_team", at(10))])

    assert result.collect() == []


def test_at_the_same_second_the_message_with_the_lower_id_came_first(times):
    result = times([(2, 1, "care_team", at(9)), (1, 1, "caregiver", at(9))])

    assert rows_of(result, "answered, median_minutes") == {(1, 0)}


def test_percentiles_are_exact_and_interpolated(times):
    result = times(
        [
            message
            for thread in range(1, 6)
            for message in (
                (2 * thread, thread, "caregiver", at(9)),
                (2 * thread + 1, thread, "care_team", at(9, 10 * thread)),
            )
        ]
    )

    assert rows_of(result, "median_minutes, p90_minutes") == {(30, 46)}


def test_an_answer_in_the_next_year_counts_for_the_week_of_the_question(times):
    result = times(
        [
            (1, 1, "caregiver", datetime(2025, 12, 28, 12, tzinfo=UTC), date(2025, 12, 28), 3),
            (2, 1, "care_team", datetime(2026, 1, 1, 12, tzinfo=UTC), date(2026, 1, 1), 3),
        ]
    )

    assert rows_of(result, "week_starting_on, answered, median_minutes") == {
        (date(2025, 12, 22), 1, 4 * 24 * 60)
    }


def test_a_question_counts_for_the_team_that_was_asked(times):
    result = times(
        [
            (1, 1, "caregiver", at(9), MONDAY, 3),
            (2, 1, "care_team", at(10), MONDAY, 4),
        ]
    )

    assert rows_of(result, "care_team_id, answered") == {(3, 1)}
