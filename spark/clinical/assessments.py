"""Add up the scores of every assessment."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.answers import parsed_answers


def assessments(assessments: DataFrame) -> DataFrame:
    parsed = F.col("parsed")
    is_unclear = F.exists(parsed, lambda answer: answer.question.isNull() | answer.score.isNull())
    is_doubled = F.size(F.array_distinct("parsed.question")) < F.size(parsed)
    total = F.aggregate(parsed, F.lit(0), lambda total, answer: total + answer.score)
    return (
        assessments.withColumn("parsed", parsed_answers("answers"))
        .withColumn("questions", F.size(parsed))
        .withColumn("total_score", total)
        .withColumn(
            "_rejected",
            F.when(parsed.isNull() | is_unclear, "an answer cannot be read")
            .when(F.col("questions") == 0, "there is no answer")
            .when(is_doubled, "a question is answered twice"),
        )
        .drop("parsed")
    )
