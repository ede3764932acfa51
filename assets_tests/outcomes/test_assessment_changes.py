"""outcomes/assessment_changes."""

from datetime import UTC, datetime

import pytest

from assets_tests.frames import rows_of
from spark.outcomes.assessment_changes import assessment_changes

JANUARY = datetime(2025, 1, 10, tzinfo=UTC)
MARCH = datetime(2025, 3, 10, tzinfo=UTC)


@pytest.fixture
def changes(spark):
    def compute(assessments):
        return assessment_changes(
            spark.createDataFrame(
                assessments,
                "assessment_id bigint, consumer_id bigint, assessed_at timestamp, form string, "
                "total_score int",
            )
        )

    return compute


def test_the_last_score_is_set_against_the_first(changes):
    result = changes(
        [
            (3, 7, datetime(2025, 2, 10, tzinfo=UTC), "zarit", 99),
            (2, 7, MARCH, "zarit", 12),
            (1, 7, JANUARY, "zarit", 20),
        ]
    )

    assert rows_of(result, "assessments, first_score, last_score, score_change") == {
        (3, 20, 12, -8)
    }
    days = result.selectExpr("date(first_assessed_at) AS first", "date(last_assessed_at) AS last")
    assert rows_of(days, "first, last") == {(JANUARY.date(), MARCH.date())}


def test_a_single_assessment_changed_nothing(changes):
    result = changes([(1, 7, JANUARY, "adl", 4)])

    assert rows_of(result, "assessments, first_score, last_score, score_change") == {(1, 4, 4, 0)}


def test_forms_are_not_compared_with_each_other(changes):
    result = changes([(1, 7, JANUARY, "adl", 4), (2, 7, MARCH, "phq2", 6)])

    assert rows_of(result, "form, score_change") == {("adl", 0), ("phq2", 0)}


def test_of_two_at_the_same_time_the_higher_id_is_the_later_one(changes):
    result = changes([(2, 7, JANUARY, "adl", 9), (1, 7, JANUARY, "adl", 4)])

    assert rows_of(result, "first_score, last_score") == {(4, 9)}
