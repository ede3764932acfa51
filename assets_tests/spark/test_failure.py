"""A failure in one sentence, what it is of and how it came, without a value of the data."""

import errno
import json
import os

import pytest
from py4j.protocol import Py4JNetworkError
from pyspark.sql import functions as F

from spark import gateway
from spark.contract import LandingColumn, LandingSet
from spark.contract.code import job_file
from spark.contract.job import LandingInput
from spark.failure import FILE_NAME, describe, record
from spark.gateway import GatewayError
from spark.landing import read_landing
from spark.layout import LandingError
from spark.lines import OLDER
from spark.transform import transform
from spark.warm.lease import Lease

newer = pytest.mark.skipif(OLDER, reason="an older Spark says it in other words, or less of it")

PRIVATE = 'O\'Brien "555-12-3456"\nwas here'
PARTS = ("Brien", "555-12", "was here", "12345", "1950-01", "Mary", "Fakename")
MOOD = """
@F.udf("int", useArrow=False)
def mood(note):
    raise ValueError(f"Mary Fakename {note}\\nFakename: 1950-01-02")
"""


@pytest.fixture
def caught(spark, tmp_path):
    """What a transform raises that works on a frame with a secret text and a number."""

    def of(line, above=""):
        root = tmp_path / "spark"
        (root / "care").mkdir(parents=True)
        (root / "care/thing.py").write_text(
            f"from pyspark.sql import functions as F\n\n{above}\ndef thing(lines):\n    {line}\n"
        )
        assert job_file(root, "care/thing")
        lines = spark.createDataFrame([(PRIVATE, 12345.67)], "note string, amount double")
        with pytest.raises(Exception) as caught:  # noqa: PT011  # each case has its own
            transform(spark, root, "care/thing", {"lines": lines}).write.parquet(
                str(tmp_path / "written")
            )
        return caught.value

    return of


@pytest.fixture
def sentence(caught, tmp_path):
    """The sentence about what a transform raises."""
    return lambda *source: describe(caught(*source), tmp_path / "spark", None)


@pytest.fixture
def recorded(tmp_path):
    """What is kept of a failure."""

    def of(error, jvm_exit=None):
        record(tmp_path, error, "The sentence.", jvm_exit)
        return json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8"))

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
        pytest.param(
            "return lines.select(F.raise_error('note'))",
            "Spark failed with USER_RAISED_EXCEPTION: …",
            marks=newer,
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
        ("raise ValueError(f'no mood in {lines.first().note}')", "ValueError: no mood in … (in"),
        ("raise TypeError(lines.first().note)", "TypeError: … (in"),
        ("raise type('Odd', (Exception,), {})(lines.first().note)", "Odd: … (in"),
        (
            "return lines.where(F.array(F.lit(lines.first().note), F.array(F.lit(1))) == 2)",
            "[DATATYPE_MISMATCH.DATA_DIFF_TYPES] Cannot resolve … due to data type mismatch",
        ),
        (
            "return lines.where(f'note = \\'{lines.first().note}\\'')",
            "[PARSE_SYNTAX_ERROR] Syntax error at or near … (line 1, pos 16) (in",
        ),
        pytest.param(
            "return lines.groupBy().pivot('note').count().select('mood')",
            "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with "
            "name `mood` cannot be resolved. Did you mean one of the following? […]",
            marks=newer,
        ),
    ],
)
def test_no_value_of_the_data_is_told(caught, recorded, tmp_path, line, start):
    error = caught(line)

    told = describe(error, tmp_path / "spark", None)
    kept = recorded(error)

    assert told.startswith(start)
    assert "\n" not in told
    assert kept["trace"]
    for part in PARTS:
        assert part not in told + json.dumps(kept)


def test_a_function_that_fails_in_a_worker_of_spark_is_told_by_its_error_and_line(
    caught, recorded, tmp_path
):
    error = caught("return lines.select(mood('note'))", MOOD)

    told = describe(error, tmp_path / "spark", None)
    kept = recorded(error)

    of_spark = "" if OLDER else "PYTHON_EXCEPTION: "
    assert told == f"Spark failed with {of_spark}ValueError (in spark/care/thing.py, line 6)"
    assert kept["kind"] == "code"
    assert kept["trace"][-1] == "Caused by ValueError"
    assert any("spark/care/thing.py" in line and "in mood" in line for line in kept["trace"])
    for part in PARTS:
        assert part not in told + json.dumps(kept)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("raise LookupError('there is no mood')", "LookupError: there is no mood (in"),
        ("{}['mood']", "KeyError: mood (in"),
        ("1 / 0", "ZeroDivisionError: division by zero (in"),
    ],
)
def test_what_stands_in_the_code_is_told(sentence, line, told):
    assert sentence(line).startswith(told)


def test_a_file_that_is_missing_is_named(sentence):
    told = sentence("return lines.sparkSession.read.parquet('/nowhere/at/all')")

    assert told.startswith("[PATH_NOT_FOUND] Path does not exist: file:/nowhere/at/all.")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("return lines.select(F.col('note').cast('int'))", marks=newer),
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
        (143, "The job's Spark process was killed by signal 15; materialize again"),
        (1, "The job's Spark process ended with 1; see the job's output"),
    ],
)
def test_a_dead_jvm_is_the_reason_whatever_python_met(tmp_path, code, start):
    assert describe(ConnectionError("refused"), tmp_path, code).startswith(start)


@pytest.mark.parametrize(
    ("is_submitted", "remedy"),
    [
        (
            False,
            "with SENIORLINK_JOB_MEMORY, or spark_conf={'spark.driver.memory': ...} in its "
            "declaration.",
        ),
        (
            True,
            "with spark_conf={'spark.executor.memory': ...} in its declaration, or "
            "{'spark.driver.memory': ...} if it collects rows.",
        ),
    ],
)
def test_a_full_heap_is_told_with_what_makes_it_larger_there(tmp_path, is_submitted, remedy):
    error = type("OutOfMemoryError", (Exception,), {})("Java heap space")

    told = describe(error, tmp_path, None, is_submitted=is_submitted)

    assert told == f"The job ran out of memory; give it more {remedy}"


@newer
def test_a_failure_is_kept_with_its_chain_of_exceptions(caught, recorded):
    kept = recorded(caught("return lines.select(F.col('note').cast('int'))"))

    first, *frames = kept["trace"]
    assert first == "pyspark.errors.exceptions.captured.NumberFormatException [CAST_INVALID_INPUT]"
    assert "Caused by org.apache.spark.SparkNumberFormatException [CAST_INVALID_INPUT]" in frames
    assert frames[-1].startswith("  at org.apache.spark.sql.errors.QueryExecutionErrors$.")
    assert (kept["error"], kept["sentence"], kept["kind"], kept["transient"]) == (
        "NumberFormatException",
        "The sentence.",
        "data",
        False,
    )


def raised(error):
    def act():
        raise error

    return act


@pytest.mark.parametrize(
    ("act", "jvm_exit", "kind", "transient"),
    [
        (raised(ValueError()), None, "code", False),
        (raised(MemoryError()), None, "memory", False),
        (raised(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))), None, "disk", True),
        (raised(KeyboardInterrupt()), None, "killed", True),
        (raised(Py4JNetworkError()), None, "spark", True),
        (raised(ConnectionResetError()), None, "spark", True),
        (raised(Py4JNetworkError()), 3, "memory", False),
        (raised(Py4JNetworkError()), -9, "killed", True),
        (raised(Py4JNetworkError()), 143, "killed", True),
        (raised(Py4JNetworkError()), 1, "spark", False),
    ],
)
def test_a_failure_is_of_a_kind_and_transient_or_not(recorded, act, jvm_exit, kind, transient):
    with pytest.raises(BaseException) as caught:  # noqa: PT011  # each case has its own
        act()

    kept = recorded(caught.value, jvm_exit)

    assert (kept["kind"], kept["transient"]) == (kind, transient)


def test_an_error_of_the_runner_has_no_line_of_a_job(spark, tmp_path):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        spark.range(1).select(F.col("nothing"))

    assert " (in " not in describe(caught.value, tmp_path, None)


def test_a_landing_file_that_is_wrong_is_a_failure_of_the_input(spark, recorded, tmp_path):
    file = tmp_path / "notes.csv"
    file.write_bytes(b"%PDF-1.7")
    given = LandingInput(
        LandingSet("app/notes", "csv", (LandingColumn("note", "A note."),)),
        {"2025-01-02": (str(file),)},
    )
    with pytest.raises(LandingError) as caught:
        read_landing(spark, given)

    assert "notes.csv is a PDF document" in describe(caught.value, tmp_path, None)
    assert recorded(caught.value)["kind"] == "input"


def test_a_jvm_that_ends_before_it_can_be_used_is_not_worth_another_try(recorded, tmp_path):
    (tmp_path / "exit").write_text("1")
    with pytest.raises(GatewayError) as caught:
        Lease(tmp_path).connect()

    kept = recorded(caught.value)

    assert (kept["kind"], kept["transient"]) == ("spark", False)


def test_a_jvm_that_does_not_answer_may_answer_next_time(recorded, monkeypatch):
    monkeypatch.setattr(gateway, "_PATIENCE_SECONDS", -1)
    with pytest.raises(GatewayError) as caught:
        gateway.wait_until(lambda: False)

    kept = recorded(caught.value)

    assert (kept["kind"], kept["transient"]) == ("spark", True)


def test_an_error_of_a_job_is_not_trusted_for_its_name(caught, tmp_path):
    above = "class LandingError(Exception): ..."

    error = caught("raise LandingError(lines.first().note)", above)

    assert describe(error, tmp_path / "spark", None).startswith("LandingError: … (in")


def test_a_dead_worker_of_spark_may_not_die_again(caught, recorded, tmp_path):
    die = "import os\n@F.udf('int', useArrow=False)\ndef die(note): os.kill(os.getpid(), 9)"

    error = caught("return lines.select(die('note'))", die)

    assert describe(error, tmp_path / "spark", None).startswith(
        "A Python worker of the job's Spark was killed or crashed; materialize again"
    )
    assert (recorded(error)["kind"], recorded(error)["transient"]) == ("killed", True)
