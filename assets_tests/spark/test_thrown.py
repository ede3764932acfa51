"""The chain of exceptions behind a failure: classes and places only."""

from types import SimpleNamespace

import pytest
from py4j.protocol import Py4JNetworkError
from pyspark.errors import PySparkException, PySparkTypeError

from spark.lines import OLDER
from spark.thrown import frames_of, thrown_by, trace_of


def caught(act):
    with pytest.raises(Exception) as caught:  # noqa: PT011  # each case has its own
        act()
    return caught.value


def outer():
    try:
        inner()
    except ZeroDivisionError as error:
        raise KeyError("Mary Fakename") from error


def inner():
    return 1 / 0


def fall(depth, error):
    if not depth:
        raise error
    fall(depth - 1, error)


def test_the_innermost_exception_and_its_innermost_frame_come_last():
    first, *frames = trace_of(caught(outer))

    assert first == "KeyError"
    cause = frames.index("Caused by ZeroDivisionError")
    assert [frame.split()[-1] for frame in frames[:cause]] == ["caught", "outer"]
    assert frames[-1].startswith('  File "assets_tests/spark/test_thrown.py", line ')
    assert frames[-1].endswith("in inner")


def test_a_long_chain_keeps_its_ends():
    error = caught(lambda: fall(10, ValueError()))
    for number in range(10):
        above = caught(lambda: fall(10, TypeError()))
        above.__cause__ = error
        error = above if number < 9 else error

    lines = trace_of(error)

    assert len(lines) == 40
    assert lines[0] == "TypeError"
    assert lines[13].endswith(" lines")
    assert "in fall" in lines[-1]


def test_a_chain_that_bites_its_tail_has_an_end():
    error, other = ValueError(), TypeError()
    error.__cause__, other.__cause__ = other, error

    assert [thrown.name for thrown in thrown_by(error)] == ["ValueError", "TypeError"]


def test_a_frame_that_only_the_text_of_an_error_tells_of_is_believed_if_it_is_there():
    said = (
        "Traceback (most recent call last):\n"
        f'  File "{__file__}", line 20, in inner\n'
        f'  File "{__file__}", line 20, in Fakename\n'
        f'  File "{__file__}", line 19500102, in inner\n'
        '  File "/Mary/Fakename.py", line 1, in inner\n'
    )

    assert frames_of(PySparkException(said)) == [(__file__, 20, "inner")]


@pytest.mark.skipif(OLDER, reason="an older Spark says it in other words")
def test_a_message_of_pyspark_names_arguments_and_no_values():
    error = PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={
            "arg_name": "note",
            "arg_type": "int",
            "expected_type": "Mary Fakename",
        },
    )

    (thrown,) = thrown_by(error)

    assert (thrown.condition, thrown.frames) == ("NOT_EXPECTED_TYPE", ())
    assert thrown.message == "Argument `note` should be …, got int."


def test_a_jvm_that_dies_meanwhile_takes_only_what_it_knew_along():
    def gone(*_):
        raise Py4JNetworkError("gone")

    error = ValueError()
    error.java_exception = SimpleNamespace(getStackTrace=gone)

    assert [thrown.name for thrown in thrown_by(error)] == ["ValueError"]
