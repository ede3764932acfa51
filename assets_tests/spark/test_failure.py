"""A failure in one sentence, without a value of the data."""

import json

import pytest
from pyspark.sql import functions as F

from spark.contract.code import job_file
from spark.failure import FILE_NAME, describe, record
from spark.transform import transform

PRIVATE = 'O\'Brien "555-12-3456"\nwas here'


@pytest.fixture
def sentence(spark, tmp_path):
    """The sentence about a transform that fails over a frame with a secret text and a number."""

    def of(line):
        root = tmp_path / "spark"
        (root / "care").mkdir(parents=True)
        (root / "care/thing.py").write_text(
            "from pyspark.sql import functions as F\n\n\ndef thing(lines):\n    " + line + "\n"
        )
        assert job_file(root, "care/thing")
        lines = spark.createDataFrame([(PRIVATE, 12345.67)], "note string, amount double")
        with pytest.raises(Exception) as caught:  # noqa: PT011  # each case has its own
            transform(spark, root, "care/thing", {"lines": lines}).write.parquet(
                str(tmp_path / "written")
            )
        return describe(caught.value, root, None)

    return of


@pytest.mark.parametrize(
    ("line", "start"),
    [
        (
            "return lines.select(F.col('note').cast('int'))",
            "Spark failed with CAST_INVALID_INPUT: The value … of the type",
        ),
        (
            "return lines.select(F.col('amount').cast('decimal(3,1)'))",
            "Spark failed with NUMERIC_VALUE_OUT_OF_RANGE",
        ),
        (
            "return lines.select(F.raise_error('note'))",
            "Spark failed with USER_RAISED_EXCEPTION: …",
        ),
        (
            "note = F.col('note'); return lines.select(F.create_map(note, 'note', note, 'note'))",
            "Spark failed with DUPLICATED_MAP_KEY",
        ),
        (
            "int(lines.first().note)",
            "ValueError: invalid literal for int() with base 10: …",
        ),
        ("{}[lines.first().note]", "KeyError: …"),
    ],
)
def test_no_value_of_the_data_is_told(sentence, line, start):
    told = sentence(line)

    assert told.startswith(start)
    for part in ("Brien", "555", "here", "12345", "\n"):
        assert part not in told


@pytest.mark.parametrize(
    "line",
    [
        "return lines.select(F.col('note').cast('int'))",
        "return lines.select('mood')",
        "return undefined",
    ],
)
def test_the_line_of_the_job_is_told(sentence, line):
    assert sentence(line).endswith(" (in spark/care/thing.py, line 5)")


def test_an_unknown_column_is_named(sentence):
    told = sentence("return lines.select('mood')")

    assert told.startswith("[UNRESOLVED_COLUMN.WITH_SUGGESTION]")
    assert "`mood`" in told


def test_what_python_says_about_code_is_told_in_full(sentence):
    assert sentence("return undefined").startswith("NameError: name 'undefined' is not defined")


def test_a_full_disk_is_told_as_what_it_is(tmp_path):
    error = OSError("java.io.IOException: No space left on device")

    assert describe(error, tmp_path, None).startswith("The disk is full")


@pytest.mark.parametrize(
    ("code", "start"),
    [
        (3, "The job ran out of memory; give it more with SENIORLINK_JOB_MEMORY"),
        (-9, "The job's Spark process was killed by signal 9; materialize again"),
        (1, "The job's Spark process ended with 1; see the job's output"),
    ],
)
def test_a_dead_jvm_is_the_reason_whatever_python_met(tmp_path, code, start):
    assert describe(ConnectionError("refused"), tmp_path, code).startswith(start)


def test_the_failure_is_kept_for_the_parent(tmp_path):
    record(tmp_path, ValueError("x"), "The sentence: é.")

    kept = json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8"))
    assert kept == {"error": "ValueError", "sentence": "The sentence: é."}


def test_an_error_of_the_runner_has_no_line_of_a_job(spark, tmp_path):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        spark.range(1).select(F.col("nothing"))

    assert " (in " not in describe(caught.value, tmp_path, None)
