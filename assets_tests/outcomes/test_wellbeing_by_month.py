"""outcomes/wellbeing_by_month."""

from datetime import date

import pytest

from assets_tests.frames import rows_of

OPEN = (1, 7, "SFC", date(2024, 6, 1), None)


@pytest.fixture
def wellbeing(spark, run_sql):
    def compute(notes, enrolments=(OPEN,)):
        return run_sql(
            "outcomes/wellbeing_by_month",
            daily_notes=spark.createDataFrame(
                notes, "note_id bigint, caregiver_id bigint, noted_on date, mood smallint"
            ),
            enrolments=spark.createDataFrame(
                list(enrolments),
                "enrolment_id bigint, caregiver_id bigint, programme_code string, "
                "started_on date, ended_on date",
            ),
        )

    return compute


def test_notes_are_summed_by_programme_and_month(wellbeing):
    notes = [
        (1, 7, date(2025, 1, 1), 5),
        (2, 7, date(2025, 1, 31), 2),
        (3, 8, date(2025, 1, 15), 1),
        (4, 7, date(2025, 2, 1), 4),
    ]

    result = wellbeing(notes, [OPEN, (2, 8, "SFC", date(2025, 1, 1), None)])

    columns = "programme_code, month, caregivers, notes"
    assert rows_of(result, columns) == {
        ("SFC", date(2025, 1, 1), 2, 3),
        ("SFC", date(2025, 2, 1), 1, 1),
    }


def test_notes_without_a_mood_count_neither_as_hard_nor_as_good(wellbeing):
    notes = [
        (1, 7, date(2025, 1, 1), 1),
        (2, 7, date(2025, 1, 2), 2),
        (3, 7, date(2025, 1, 3), 3),
        (4, 7, date(2025, 1, 4), 4),
        (5, 7, date(2025, 1, 5), None),
    ]

    result = wellbeing(notes)

    assert rows_of(result, "notes, mean_mood, hard_share") == {(5, 2.5, 0.5)}


def test_a_month_without_a_mood_divides_by_nothing(wellbeing):
    result = wellbeing([(1, 7, date(2025, 1, 1), None)])

    assert rows_of(result, "notes, mean_mood, hard_share") == {(1, None, None)}


def test_of_two_open_enrolments_the_one_that_started_last_gets_the_note(wellbeing):
    enrolments = [OPEN, (2, 7, "AFC", date(2024, 12, 1), None)]

    result = wellbeing([(1, 7, date(2025, 1, 1), 3)], enrolments)

    assert rows_of(result, "programme_code, notes") == {("AFC", 1)}


def test_of_two_enrolments_of_one_day_the_higher_id_gets_the_note(wellbeing):
    enrolments = [
        (5, 7, "RSP", date(2024, 12, 1), None),
        (4, 7, "VDC", date(2024, 12, 1), None),
    ]

    result = wellbeing([(1, 7, date(2025, 1, 1), 3)], enrolments)

    assert rows_of(result, "programme_code, notes") == {("RSP", 1)}


def test_an_enrolment_holds_from_its_first_day_to_its_last(wellbeing):
    enrolments = [(1, 7, "SFC", date(2025, 1, 10), date(2025, 1, 20))]
    notes = [
        (1, 7, date(2025, 1, 9), 3),
        (2, 7, date(2025, 1, 10), 3),
        (3, 7, date(2025, 1, 20), 3),
        (4, 7, date(2025, 1, 21), 3),
    ]

    result = wellbeing(notes, enrolments)

    assert rows_of(result, "programme_code, notes") == {("SFC", 2)}
