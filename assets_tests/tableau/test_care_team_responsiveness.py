"""tableau/care_team_responsiveness."""

from datetime import UTC, date, datetime

import pytest

from assets_tests.frames import rows_of

WEEK = date(2025, 1, 6)


@pytest.fixture
def responsiveness(spark, run_sql):
    def compute(times, teams):
        return run_sql(
            "tableau/care_team_responsiveness",
            response_times=spark.createDataFrame(
                times,
                "care_team_id bigint, week_starting_on date, threads int, questions int, "
                "answered int, median_minutes decimal(10,1), p90_minutes decimal(10,1)",
            ),
            care_teams=spark.createDataFrame(
                teams,
                "caregiver_id bigint, care_team_id bigint, care_team_name string, state string, "
                "assigned_at timestamp",
            ),
        )

    return compute


def test_a_team_of_many_caregivers_has_one_row_a_week(responsiveness):
    teams = [
        (7, 3, "Harbor", "MA", datetime(2025, 1, 1, tzinfo=UTC)),
        (8, 3, "Harbor", "MA", datetime(2025, 1, 2, tzinfo=UTC)),
    ]

    result = responsiveness([(3, WEEK, 4, 4, 3, None, None)], teams)

    columns = "care_team_id, care_team_name, state, caregivers, questions, answered_share"
    assert rows_of(result, columns) == {(3, "Harbor", "MA", 2, 4, 0.75)}


def test_a_renamed_team_shows_the_name_of_its_newest_assignment(responsiveness):
    teams = [
        (7, 3, "Harbor North", "MA", datetime(2025, 3, 1, tzinfo=UTC)),
        (8, 3, "Harbor", "MA", datetime(2025, 1, 1, tzinfo=UTC)),
    ]

    result = responsiveness([(3, WEEK, 1, 1, 1, None, None)], teams)

    assert rows_of(result, "care_team_name") == {("Harbor North",)}


def test_of_assignments_at_the_same_time_the_higher_caregiver_id_names_the_team(responsiveness):
    at = datetime(2025, 1, 1, tzinfo=UTC)
    teams = [(8, 3, "Harbor", "MA", at), (7, 3, "Harbor North", "MA", at)]

    result = responsiveness([(3, WEEK, 1, 1, 1, None, None)], teams)

    assert rows_of(result, "care_team_name") == {("Harbor",)}


def test_a_team_that_has_nobody_now_is_not_lost(responsiveness):
    result = responsiveness(
        [(4, WEEK, 1, 1, 0, None, None)], [(7, 3, "Harbor", "MA", datetime(2025, 1, 1, tzinfo=UTC))]
    )

    assert rows_of(result, "care_team_id, care_team_name, caregivers, answered_share") == {
        (4, None, 0, 0)
    }
