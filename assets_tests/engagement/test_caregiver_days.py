"""engagement/caregiver_days."""

from datetime import UTC, date, datetime

import pytest

from assets_tests.frames import rows_of
from spark.engagement.caregiver_days import caregiver_days

MONDAY = date(2025, 1, 6)
COUNTS = "caregiver_id, day, notes, messages_sent, messages_received, visits"


@pytest.fixture
def computed(spark):
    def compute(notes=(), messages=(), visits=()):
        return caregiver_days(
            spark.createDataFrame(
                list(notes),
                "note_id bigint, caregiver_id bigint, noted_on date, mood smallint, "
                "revised_at timestamp",
            ),
            spark.createDataFrame(
                list(messages), "caregiver_id bigint, sent_on date, sender_role string"
            ),
            spark.createDataFrame(
                list(visits), "caregiver_id bigint, visited_on date, outcome string"
            ),
        )

    return compute


def test_everything_of_a_day_is_counted_in_one_row(computed):
    days = computed(
        notes=[(1, 7, MONDAY, 4, datetime(2025, 1, 6, 20, tzinfo=UTC))],
        messages=[(7, MONDAY, "caregiver"), (7, MONDAY, "caregiver"), (7, MONDAY, "care_team")],
        visits=[(7, MONDAY, "done")],
    )

    assert rows_of(days, COUNTS) == {(7, MONDAY, 1, 2, 1, 1)}


def test_days_and_caregivers_are_kept_apart(computed):
    tuesday = date(2025, 1, 7)

    days = computed(
        messages=[(7, MONDAY, "caregiver"), (7, tuesday, "care_team"), (8, MONDAY, "caregiver")]
    )

    assert rows_of(days, COUNTS) == {
        (7, MONDAY, 0, 1, 0, 0),
        (7, tuesday, 0, 0, 1, 0),
        (8, MONDAY, 0, 1, 0, 0),
    }


def test_a_visit_that_did_not_take_place_is_no_activity(computed):
    days = computed(visits=[(7, MONDAY, "cancelled"), (8, MONDAY, "no_show")])

    assert days.collect() == []


def test_the_mood_is_that_of_the_last_note_that_says_one(computed):
    days = computed(
        notes=[
            (1, 7, MONDAY, 2, datetime(2025, 1, 6, 9, tzinfo=UTC)),
            (2, 7, MONDAY, 5, datetime(2025, 1, 6, 18, tzinfo=UTC)),
            (3, 7, MONDAY, None, datetime(2025, 1, 6, 21, tzinfo=UTC)),
        ]
    )

    assert rows_of(days, "notes, mood") == {(3, 5)}


def test_of_notes_revised_at_the_same_time_the_higher_id_gives_the_mood(computed):
    at = datetime(2025, 1, 6, 9, tzinfo=UTC)

    days = computed(notes=[(2, 7, MONDAY, 1, at), (1, 7, MONDAY, 5, at)])

    assert rows_of(days, "mood") == {(1,)}


def test_a_day_without_a_mood_has_none(computed):
    days = computed(notes=[(1, 7, MONDAY, None, datetime(2025, 1, 6, 9, tzinfo=UTC))])

    assert rows_of(days, "notes, mood") == {(1, None)}
