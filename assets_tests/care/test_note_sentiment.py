"""How a note sounds, without a word of it."""

from datetime import date

import pytest

from seniorlink_assets.sample.vocabulary import PHRASES
from spark.care.note_sentiment import note_sentiment


def judged(*bodies):
    notes = [
        {
            "note_id": number,
            "caregiver_id": 7,
            "noted_on": date(2025, 1, 2),
            "mood": 3,
            "sleep_hours": None,
            "body": body,
            "revised_at": None,
        }
        for number, body in enumerate(bodies)
    ]
    return [*note_sentiment(notes)]


@pytest.mark.parametrize(
    ("body", "sentiment"),
    [
        ("Great day! She LAUGHED.", "1.000"),
        ("He fell, and I am exhausted.", "-1.000"),
        ("A good morning, then a sad evening.", "0.000"),
        ("Appointment moved to next week.", "0.000"),
        ("Not a good day", "-1.000"),
        ("no injury we can see", "1.000"),
        ("Papá está muy agitado hoy", "-1.000"),
        ("good good bad tired", "0.333"),
    ],
)
def test_words_of_feeling_decide(body, sentiment):
    (row,) = judged(body)

    assert row["sentiment"] == sentiment


@pytest.mark.parametrize("body", [None, "", " 132/84 🙂 "])
def test_a_note_without_words_is_dropped(body):
    assert [row["_dropped"] for row in judged(body)] == ["no text"]


def test_no_word_of_a_note_is_among_what_is_said_of_it():
    body = "Grandmother hospital Xylophone"

    (row,) = judged(body)

    assert not any(word in str(row) for word in body.split())
    assert row["words"] == 3


def test_notes_of_good_days_sound_better_than_those_of_hard_days():
    def mean(bodies):
        return sum(float(row["sentiment"]) for row in judged(*bodies)) / len(bodies)

    assert mean(PHRASES["good_notes"]) > mean(PHRASES["even_notes"]) > mean(PHRASES["hard_notes"])
