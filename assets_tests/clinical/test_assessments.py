"""clinical/assessments: the score of an assessment, and answers that cannot be scored."""

import pytest

from assets_tests.frames import rows_of
from spark.clinical.assessments import assessments

COLUMNS = "assessment_id, consumer_id, assessed_at, form, answers"


def assessment(answers):
    return ("1", "21", "2025-01-02T15:00:00Z", "phq2", answers)


def test_scores_are_added_up_and_answers_kept_as_they_came(landing):
    answers = (
        '[{"question":1,"score":2,"comment":"Café only, \\"some days\\""},{"question":2,"score":1}]'
    )

    scored = assessments(landing(COLUMNS, [assessment(answers)]))

    assert rows_of(scored, "total_score, questions, answers, _rejected") == {(3, 2, answers, None)}


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ('[{"question":1,"score":"two"},{"question":2,"score":1}]', "an answer cannot be read"),
        ('[{"question":1},{"question":2,"score":1}]', "an answer cannot be read"),
        ('[{"score":1}]', "an answer cannot be read"),
        ('[{"question":1,"score":70000}]', "an answer cannot be read"),
        ("none", "an answer cannot be read"),
        (None, "an answer cannot be read"),
        ("[]", "there is no answer"),
        (
            '[{"question":1,"score":1},{"question":1,"score":2}]',
            "a question is answered twice",
        ),
    ],
)
def test_an_assessment_that_cannot_be_scored_is_rejected(landing, answers, reason):
    scored = assessments(landing(COLUMNS, [assessment(answers)]))

    assert rows_of(scored, "answers, _rejected") == {(answers, reason)}
