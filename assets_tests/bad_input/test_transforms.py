"""Transforms that do not return what is promised: their table fails, and says where and why."""

import pytest

from assets_tests.bad_input.ward import ONLY_MOODS_FAILED, steps
from assets_tests.checkout import failure
from seniorlink_assets.launchers.local import LocalLauncher

WRONG = {
    "raises": (
        "raise ValueError('cannot read mood \"Ann Lee\"')",
        "ValueError: cannot read mood … (in spark/ward/moods.py, line 2)",
    ),
    "lacks a column": (
        "return notes.drop('mood')",
        "did not return the column mood; return it, or take it out of the declaration",
    ),
    "has another column": (
        "return notes.withColumn('weather', notes.mood)",
        "returned the column weather; drop it, or declare it",
    ),
    "returns None": ("return None", "spark/ward/moods.py returned NoneType; return a DataFrame"),
    "names a column that is not there": (
        "return notes.select('feeling')",
        "[UNRESOLVED_COLUMN.WITH_SUGGESTION]",
    ),
}
DYING = {
    "is killed": (
        "import os; os.kill(notes.sparkSession._jvm.java.lang.ProcessHandle.current().pid(), 9)\n"
        "    notes.count()",
        "The job's Spark process was killed by signal 9; materialize again.",
    ),
    "runs out of memory": (
        "notes.sparkSession.range(1).selectExpr('size(sequence(id, id + 300000000))').collect()",
        "The job ran out of memory; give it more with SENIORLINK_JOB_MEMORY, "
        "or spark_conf={'spark.driver.memory': ...} in its declaration.",
    ),
}


@pytest.mark.parametrize(("body", "sentence"), WRONG.values(), ids=WRONG)
def test_a_transform_that_is_wrong_fails_its_table_only(ward, body, sentence):
    ward.change_transform(body)
    before = ward.state()

    result = ward.materialize()

    assert failure(result).removeprefix("ward/moods").lstrip(": ").startswith(sentence)
    assert steps(result) == ONLY_MOODS_FAILED
    assert ward.state() == before


@pytest.mark.parametrize(("body", "sentence"), DYING.values(), ids=DYING)
def test_a_job_that_dies_fails_its_table_only(ward, body, sentence):
    ward.run_on(LocalLauncher("512m", cores=1))
    ward.change_transform(body)
    before = ward.state()

    result = ward.materialize()

    assert failure(result) == f"ward/moods: {sentence}"
    assert steps(result) == ONLY_MOODS_FAILED
    assert ward.state() == before


def test_a_transform_that_returns_no_row_publishes_an_empty_table(ward):
    ward.checkout.write_job(
        "ward/visits", "def visits(visits):\n    return visits.where('false')\n"
    )
    ward.declare()

    result = ward.materialize()

    assert result.success
    assert ward.state()["ward.visits"] == []
