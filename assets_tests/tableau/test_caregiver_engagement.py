"""tableau/caregiver_engagement."""

from datetime import date

import pytest

from assets_tests.frames import rows_of
from spark.tableau.caregiver_engagement import caregiver_engagement

WEEK = date(2025, 1, 6)


@pytest.fixture
def engagement(spark):
    def compute(weeks, caregivers, teams=()):
        return caregiver_engagement(
            spark.createDataFrame(weeks, "caregiver_id bigint, week_starting_on date, notes int"),
            spark.createDataFrame(
                caregivers,
                "caregiver_id bigint, full_name string, birth_date date, phone string, "
                "state string, zip string",
            ),
            spark.createDataFrame(
                list(teams),
                "caregiver_id bigint, care_team_id bigint, care_team_name string, state string",
            ),
        )

    return compute


JOSE = (7, "José Peña", date(1970, 1, 6), "555-0100", "MA", "02134")


def test_a_week_shows_team_area_and_age(engagement):
    result = engagement([(7, WEEK, 4)], [JOSE], [(7, 3, "Harbor", "RI")])

    columns = "caregiver_id, notes, state, zip3, age_band, care_team_id, care_team_name"
    assert rows_of(result, columns) == {(7, 4, "MA", "021", "50-59", 3, "Harbor")}


def test_the_age_is_that_of_the_week(engagement):
    result = engagement([(7, date(2029, 12, 31), 1), (7, date(2030, 1, 7), 1)], [JOSE])

    assert rows_of(result, "week_starting_on, age_band") == {
        (date(2029, 12, 31), "50-59"),
        (date(2030, 1, 7), "60-69"),
    }


def test_a_week_of_somebody_unknown_is_not_lost(engagement):
    result = engagement([(6, WEEK, 4)], [JOSE])

    assert rows_of(result, "caregiver_id, notes, zip3, care_team_id") == {(6, 4, None, None)}


def test_nothing_that_names_the_caregiver_is_shown(engagement):
    result = engagement([(7, WEEK, 4)], [JOSE])

    assert not {"full_name", "birth_date", "phone", "zip"} & set(result.columns)
