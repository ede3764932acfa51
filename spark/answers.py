"""The answers of an assessment, which travel as JSON text."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_ANSWERS = "array<struct<question: smallint, score: smallint, comment: string>>"


def parsed_answers(text: str) -> Column:
    """An array of question, score and comment; what cannot be read is NULL."""
    return F.from_json(text, _ANSWERS)
