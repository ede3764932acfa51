"""Single values under the type of a column, as Spark casts them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from assets_tests.spark.test_fitting import FITTING, UNFITTING
from spark.contract import Column
from spark.satellite.casting import cast
from spark.transform_error import TransformError


def of(type, value):
    found = cast(value, Column("value", type, "A value."))
    # Moments are compared as Spark's rows have them: without their zone, which is UTC.
    return found.replace(tzinfo=None) if isinstance(found, datetime) else found


@pytest.mark.parametrize(("type", "text", "value"), FITTING)
def test_text_is_cast_as_spark_casts_it(type, text, value):
    assert of(type, text) == value


@pytest.mark.parametrize(("type", "text"), UNFITTING)
def test_text_that_spark_rejects_does_not_fit(type, text):
    assert of(type, text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-01-02 03", "2025-01-02 03:00:00"),
        ("2025-01-02 03:04:05.1234567", "2025-01-02 03:04:05.123456"),
        (" 2025-01-02T03:04:05.Z ", "2025-01-02 03:04:05"),
        ("2025-01-02T03:04:05+1:30", "2025-01-02 01:34:05"),
        ("2025-07-02T03:04:05 America/New_York", "2025-07-02 07:04:05"),
        ("2025-01-02T03:04:05 PST", "2025-01-02 11:04:05"),
        ("2025-01-02T03:04:05 GMT+2", "2025-01-02 01:04:05"),
    ],
)
def test_a_moment_is_read_in_its_zone(text, moment):
    assert of("timestamp", text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-02 03:04:05 Mars",
        "2025-01-02T03:04Z",
        "2025-01-02T24:00:00",
        "2025-01-02T03:04:05-18:01",
        "\uff12\uff10\uff12\uff15-01-02 03:04:05",
    ],
)
def test_a_moment_that_is_not_quite_one_does_not_fit(text):
    assert of("timestamp", text) is None


@pytest.mark.parametrize(
    ("type", "value", "wanted"),
    [
        ("smallint", True, 1),
        ("integer", 2.0, 2),
        ("integer", Decimal("7.00"), 7),
        ("bigint", 2**62, 2**62),
        ("decimal(5,2)", 1.005, Decimal("1.01")),
        ("decimal(5,2)", Decimal("1.005"), Decimal("1.01")),
        ("decimal(5,2)", 3, Decimal("3.00")),
        ("double precision", 3, 3.0),
        ("boolean", 0, False),
        ("date", datetime(2025, 1, 2, 23, tzinfo=timezone(timedelta(hours=-5))), date(2025, 1, 3)),
        ("timestamp", date(2025, 1, 2), datetime(2025, 1, 2)),  # noqa: DTZ001
        ("varchar(30)", datetime(2025, 1, 2, 3, 4, 5, 120_000, UTC), "2025-01-02 03:04:05.12"),
        ("varchar(30)", Decimal("1E+3"), "1000"),
        ("varchar(30)", 1e10, "1.0E10"),
        ("varchar(30)", False, "false"),
        ("super", {"a": [1, None], "b": "é"}, '{"a":[1,null],"b":"é"}'),
        ("super", True, "true"),
    ],
)
def test_pythons_values_become_those_of_the_column(type, value, wanted):
    assert of(type, value) == wanted


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("smallint", 2.5),
        ("integer", Decimal("2.50")),
        ("integer", float("nan")),
        ("integer", float("inf")),
        ("smallint", 2**40),
        ("decimal(5,2)", float("nan")),
        ("decimal(5,2)", 100_000),
        ("super", date(2025, 1, 2)),
    ],
)
def test_a_value_that_would_lose_something_does_not_fit(type, value):
    assert of(type, value) is None


def test_a_type_of_python_that_makes_no_such_value_is_a_mistake_of_the_function():
    with pytest.raises(
        TransformError, match="value is of Python's bytes, of which no date is made"
    ):
        of("date", b"2025-01-02")
