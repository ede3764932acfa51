"""tableau/consumer_outcomes."""

from datetime import UTC, date, datetime

import pytest

from assets_tests.frames import rows_of
from spark.tableau.consumer_outcomes import consumer_outcomes


@pytest.fixture
def outcomes(spark):
    def compute(consumer_id=5, diagnosis="G30.9"):
        return consumer_outcomes(
            spark.createDataFrame(
                [
                    (
                        consumer_id,
                        "adl",
                        2,
                        datetime(2025, 1, 1, tzinfo=UTC),
                        4,
                        datetime(2025, 6, 16, 3, tzinfo=UTC),
                        6,
                        2,
                    )
                ],
                "consumer_id bigint, form string, assessments int, first_assessed_at timestamp, "
                "first_score int, last_assessed_at timestamp, last_score int, score_change int",
            ),
            spark.createDataFrame(
                [(5, 7, "Zoë Nguyễn", date(1935, 6, 16), "F", diagnosis, "03601")],
                "consumer_id bigint, caregiver_id bigint, full_name string, birth_date date, "
                "sex string, diagnosis_code string, zip string",
            ),
        )

    return compute


def test_a_change_shows_area_age_and_diagnosis_in_groups(outcomes):
    result = outcomes()

    columns = "consumer_id, form, score_change, sex, age_band, zip3, diagnosis_group"
    assert rows_of(result, columns) == {(5, "adl", 2, "F", "80-89", "000", "G30")}


def test_an_assessment_in_the_evening_belongs_to_the_new_york_day(outcomes):
    result = outcomes()

    assert rows_of(result, "last_assessed_on, age_band") == {(date(2025, 6, 15), "80-89")}


def test_a_diagnosis_without_a_dot_is_its_own_group(outcomes):
    result = outcomes(diagnosis="I10")

    assert rows_of(result, "diagnosis_group") == {("I10",)}


def test_a_change_of_somebody_unknown_is_not_lost(outcomes):
    result = outcomes(consumer_id=6)

    assert rows_of(result, "consumer_id, score_change, sex, age_band, zip3") == {
        (6, 2, None, None, None)
    }


def test_nothing_that_names_the_consumer_is_shown(outcomes):
    shown = set(outcomes().columns)

    assert not {"full_name", "birth_date", "zip", "diagnosis_code", "caregiver_id"} & shown
