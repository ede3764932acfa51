"""Lay out the answers of every assessment one by one."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.answers import parsed_answers


def assessment_answers(assessments: DataFrame) -> DataFrame:
    return assessments.withColumn("answer", F.explode(parsed_answers("answers"))).select(
        "assessment_id", "consumer_id", "answer.question", "answer.score", "answer.comment"
    )
