"""clinical/assessment_answers: one row per answer."""

from assets_tests.frames import rows_of
from spark.clinical.assessment_answers import assessment_answers


def test_every_answer_becomes_a_row_of_its_assessment(spark):
    assessments = spark.createDataFrame(
        [
            (1, 21, '[{"question":1,"score":2,"comment":"Café only"},{"question":2,"score":0}]'),
            (2, 22, '[{"question":1,"score":4}]'),
        ],
        "assessment_id bigint, consumer_id bigint, answers string",
    )

    answers = assessment_answers(assessments)

    assert rows_of(answers, "assessment_id, consumer_id, question, score, comment") == {
        (1, 21, 1, 2, "Café only"),
        (1, 21, 2, 0, None),
        (2, 22, 1, 4, None),
    }
