"""care/daily_notes: which revision of a note is kept, and what becomes of the others."""

import pytest

from assets_tests.frames import rows_of
from spark.care.daily_notes import daily_notes

COLUMNS = "note_id, caregiver_id, noted_on, mood, body, revised_at, sleep_hours"


def note(note_id="1", caregiver_id="7", noted_on="2025-01-02", mood="4", at="18:00", body="fine"):
    return (note_id, caregiver_id, noted_on, mood, body, f"2025-01-02T{at}:00Z", None)


def test_only_the_last_revision_of_a_note_is_kept(landing):
    notes = landing(
        COLUMNS,
        [
            note("1", mood="2", at="09:00"),
            note("1", mood="4", at="21:00"),
            note("1", mood="3", at="12:00"),
            note("2", mood="5"),
        ],
    )

    kept = daily_notes(notes)

    assert rows_of(kept, "note_id, mood, _dropped") == {
        ("1", "2", "older revision"),
        ("1", "3", "older revision"),
        ("1", "4", None),
        ("2", "5", None),
    }


def test_a_line_that_came_twice_is_kept_once(landing):
    notes = landing(COLUMNS, [note("1", mood=None), note("1", mood=None), note("2", mood=None)])

    kept = daily_notes(notes)

    assert sorted(row["_dropped"] or "" for row in kept.collect()) == ["", "", "same line again"]


def test_every_line_leaves_the_job_once(landing):
    notes = landing(
        COLUMNS, [note("1"), note("1"), note("1", at="20:00"), note("2", "99"), note(None)]
    )

    kept = daily_notes(notes)

    assert sorted(row["_source"].line for row in kept.collect()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("misfit", [{"mood": "good"}, {"noted_on": "2025-01-01"}])
def test_a_last_revision_that_does_not_fit_hides_no_earlier_one(landing, misfit):
    notes = landing(COLUMNS, [note(body="first"), note(body="last", at="20:00", **misfit)])

    kept = daily_notes(notes)

    assert rows_of(kept, "body, _dropped") == {("first", None), ("last", None)}


def test_the_same_note_in_two_days_is_a_matter_of_each_day(landing):
    first = landing(COLUMNS, [note()], day="2025-01-02")
    second = landing(COLUMNS, [note(noted_on="2025-01-03")], day="2025-01-03")

    kept = daily_notes(first.union(second))

    assert rows_of(kept, "noted_on, _dropped") == {("2025-01-02", None), ("2025-01-03", None)}
