"""enrolment/care_teams: the team a caregiver has now."""

import pytest

from assets_tests.frames import rows_of
from spark.enrolment.care_teams import care_teams

COLUMNS = "care_team_id, name, state, caregiver_id, assigned_at"


@pytest.fixture
def caregivers(spark):
    return spark.createDataFrame([(7, "CT"), (8, "CT")], "caregiver_id bigint, state string")


def test_a_caregiver_has_the_team_assigned_last(landing, caregivers):
    assignments = landing(
        COLUMNS,
        [
            ("101", "Harbor 101", "MA", "7", "2025-01-05T15:00:00Z"),
            ("102", "Maple 102", "MA", "7", "2024-03-01T15:00:00Z"),
            ("102", "Maple 102", "MA", "8", "2024-03-01T15:00:00Z"),
        ],
    )

    teams = care_teams(assignments, caregivers)

    assert rows_of(teams, "caregiver_id, care_team_id, care_team_name, _dropped") == {
        ("7", "101", "Harbor 101", None),
        ("7", "102", "Maple 102", "older assignment"),
        ("8", "102", "Maple 102", None),
    }


def test_the_state_is_that_of_the_team(landing, caregivers):
    assignments = landing(COLUMNS, [("101", "Harbor 101", "MA", "7", "2025-01-05T15:00:00Z")])

    teams = care_teams(assignments, caregivers)

    assert rows_of(teams, "state") == {("MA",)}


def test_an_assignment_of_somebody_unknown_is_rejected(landing, caregivers):
    assignments = landing(COLUMNS, [("101", "Harbor 101", "MA", "99", "2025-01-05T15:00:00Z")])

    teams = care_teams(assignments, caregivers)

    assert rows_of(teams, "_rejected, _dropped") == {("caregiver is not enrolled", None)}
