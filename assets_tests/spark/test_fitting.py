"""Fitting rows to a contract: strict casts, and a reason for every row that does not fit."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from spark.contract import WHOLE, Column, Contract
from spark.fitting import fit
from spark.transform_error import TransformError

FITTING = [
    ("smallint", " -32768 ", -32768),
    ("integer", "2147483647", 2147483647),
    ("bigint", "-9223372036854775808", -(2**63)),
    ("decimal(5,2)", "-123.4", Decimal("-123.40")),
    ("decimal(5,2)", "1.5000", Decimal("1.50")),
    ("decimal(5,2)", "1.2E2", Decimal("120.00")),
    ("decimal(5,2)", ".5", Decimal("0.50")),
    ("decimal(38,0)", "9" * 38, Decimal("9" * 38)),
    ("double precision", "1e-3", 0.001),
    ("boolean", "true", True),
    ("boolean", "0", False),
    ("date", "2024-02-29", date(2024, 2, 29)),
    (
        "timestamp",
        "2025-01-02 03:04:05.123456",
        datetime.fromisoformat("2025-01-02 03:04:05.123456"),
    ),
    ("timestamp", "2025-01-02T03:04:05Z", datetime.fromisoformat("2025-01-02 03:04:05")),
    ("timestamp", "2025-01-02T03:04:05-05:00", datetime.fromisoformat("2025-01-02 08:04:05")),
    ("varchar(4)", "éé", "éé"),
    ("super", '{"a": [1, null]}', '{"a": [1, null]}'),
    ("super", "null", "null"),
]
UNFITTING = [
    ("smallint", "32768"),
    ("smallint", "2.7"),
    ("integer", "2147483648"),
    ("integer", ""),
    ("bigint", "9223372036854775808"),
    ("bigint", "1e3"),
    ("decimal(5,2)", "1.005"),
    ("decimal(5,2)", "1234.5"),
    ("decimal(5,2)", "12.345E0"),
    ("decimal(5,2)", "NaN"),
    ("decimal(3,1)", "0.1000000000000000000000001"),
    ("decimal(38,0)", "1234567890123456789012345.7"),
    ("double precision", "much"),
    ("boolean", "2"),
    ("date", "2026-02-31"),
    ("date", "31/01/2026"),
    ("date", "2026-01-02T10:00:00"),
    ("date", "2026-1-2"),
    ("timestamp", "2026-02-31 10:00:00"),
    ("timestamp", "10:00:00"),
    ("timestamp", "2026"),
    ("super", "{'a': 1}"),
    ("super", '{"a": 1'),
    ("super", '{"a": 1} and more'),
    ("super", '{"a": 1}, 2'),
    ("super", "plain"),
]


def contract(*columns, **fields):
    return Contract(
        key="care/things",
        kind="table",
        grain="One row per thing.",
        columns=(Column("thing_id", "integer", "Which thing."), *columns),
        primary_key=("thing_id",),
        **fields,
    )


def one(spark, type, value, given="string", nullable=False):
    """The only row of a table of one column that has a value of a Spark type."""
    frame = spark.createDataFrame([(1, value)], f"thing_id int, value {given}")
    promised = contract(Column("value", type, "A value.", nullable=nullable))
    return fit(frame, promised, [WHOLE]).collect()[0]


@pytest.fixture(scope="module")
def fitted_texts(spark):
    """What becomes of every text above, by type and text: a row and a column for each."""
    cases = [case[:2] for case in [*FITTING, *UNFITTING]]
    columns = [
        Column(f"value_{number}", case[0], "A value.", nullable=True)
        for number, case in enumerate(cases)
    ]
    given = ", ".join(f"{column.name} string" for column in columns)
    frame = spark.createDataFrame(
        [
            (number, *(text if number == place else None for place, (_, text) in enumerate(cases)))
            for number in range(len(cases))
        ],
        f"thing_id int, {given}",
    )
    rows = fit(frame, contract(*columns), [WHOLE]).orderBy("thing_id").collect()
    return {
        case: (row[f"value_{number}"], (row._rejected or "").replace(f"value_{number} ", "value "))
        for number, (case, row) in enumerate(zip(cases, rows, strict=True))
    }


@pytest.mark.parametrize(("type", "text", "value"), FITTING)
def test_text_that_fits_is_cast(fitted_texts, type, text, value):
    assert fitted_texts[type, text] == (value, "")


@pytest.mark.parametrize(("type", "text"), UNFITTING)
def test_text_that_does_not_fit_is_rejected_without_being_shown(fitted_texts, type, text):
    assert fitted_texts[type, text][1] == f"value is not a {type}"


@pytest.mark.parametrize(
    ("type", "given", "value"),
    [
        ("smallint", "double", 2.5),
        ("integer", "decimal(5,2)", Decimal("2.50")),
        ("integer", "double", float("nan")),
        ("smallint", "bigint", 2**40),
        ("decimal(5,2)", "double", float("nan")),
        ("decimal(5,2)", "bigint", 100_000),
        ("super", "date", date(2025, 1, 2)),
    ],
)
def test_a_value_of_another_type_that_would_lose_something_is_rejected(spark, type, given, value):
    assert one(spark, type, value, given)._rejected == f"value is not a {type}"


def test_a_varchar_is_measured_in_bytes(spark):
    assert one(spark, "varchar(3)", "éé")._rejected == "value is longer than 3 bytes"


def test_a_missing_value_is_rejected_where_one_is_promised(spark):
    assert one(spark, "date", None)._rejected == "value is missing"
    assert one(spark, "date", None, nullable=True)._rejected is None


@pytest.mark.parametrize(
    ("given", "value", "text"),
    [
        ("array<int>", [1, None], "[1,null]"),
        ("struct<a: string, b: array<int>>", ("x", [1]), '{"a":"x","b":[1]}'),
        ("map<string, int>", {"a": 1}, '{"a":1}'),
        ("bigint", 5, "5"),
        ("boolean", True, "true"),
    ],
)
def test_nested_and_simple_values_become_the_json_of_a_super(spark, given, value, text):
    row = one(spark, "super", value, given)

    assert (row.value, row._rejected) == (text, None)


def test_the_row_is_kept_as_it_was_before_the_casts(spark):
    assert one(spark, "smallint", "two")._row == '{"thing_id":1,"value":"two"}'


def test_the_first_reason_is_the_jobs_own_then_the_first_column_that_does_not_fit(spark):
    frame = spark.createDataFrame(
        [("1", "a", "unknown"), ("x", "a", None), ("3", "a", None), ("4", "1", None)],
        "thing_id string, value string, _rejected string",
    )

    fitted = fit(frame, contract(Column("value", "smallint", "A value.")), [WHOLE])

    assert [row._rejected for row in fitted.collect()] == [
        "unknown",
        "thing_id is not a integer",
        "value is not a smallint",
        None,
    ]


def test_a_dropped_row_is_not_also_rejected(spark):
    frame = spark.createDataFrame(
        [("x", "own reason", "older")], "thing_id string, _rejected string, _dropped string"
    )

    (row,) = fit(frame, contract(), [WHOLE]).collect()

    assert (row._rejected, row._dropped) == (None, "older")


def test_columns_come_in_the_contracts_order(spark):
    frame = spark.createDataFrame([("5", 1)], "value string, thing_id int")

    fitted = fit(frame, contract(Column("value", "smallint", "A value.")), [WHOLE])

    assert fitted.columns[:2] == ["thing_id", "value"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ("value int", "care/things did not return the column thing_id; return it, or take it out"),
        ("thing_id int, value int, extra int", "care/things returned the column extra; drop it"),
        ("thing_id int, value int, value int", "care/things returned twice the column value; keep"),
    ],
)
def test_columns_that_are_not_the_contracts_are_refused(spark, columns, sentence):
    frame = spark.createDataFrame([], columns)

    with pytest.raises(TransformError, match=sentence):
        fit(frame, contract(Column("value", "integer", "A value.")), [WHOLE])


DAYS = ["2025-01-01", "2025-01-03"]
STRAY = "seen_on lies outside the partition"


PLACES = [
    ("2025-01-01", None, "2025-01-01", None),
    ("2025-01-03", "2025-01-03", "2025-01-03", None),
    ("2025-01-03", "2025-01-01", "2025-01-01", STRAY),
    ("2024-12-31", "2025-01-03", "2025-01-03", STRAY),
    ("2025-01-02", None, "2025-01-01", STRAY),
    ("2025-01-02", "2025-01-02", "2025-01-01", STRAY),
    (None, None, "2025-01-01", "seen_on is missing"),
    (None, "2025-01-03", "2025-01-03", "seen_on is missing"),
    ("2025-02-31", "2025-01-03", "2025-01-03", "seen_on is not a date"),
    ("soon", None, "2025-01-01", "seen_on is not a date"),
]


def test_a_row_belongs_to_the_day_it_landed_or_else_to_its_own(spark):
    frame = spark.createDataFrame(
        [
            (number, seen_on, ("landing/app/things/file.csv", 2, landed) if landed else None)
            for number, (seen_on, landed, *_) in enumerate(PLACES)
        ],
        "thing_id int, seen_on string, _source struct<file: string, line: bigint, day: string>",
    )
    promised = contract(Column("seen_on", "date", "When."), partition_by="seen_on")

    rows = fit(frame, promised, DAYS).orderBy("thing_id").collect()

    expected = [(partition, reason) for _, _, partition, reason in PLACES]
    assert [(row._partition, row._rejected) for row in rows] == expected


def test_a_rows_json_is_computed_for_rejects_only_and_a_cast_a_few_times(spark, tmp_path):
    spark.range(1).selectExpr("'1' AS thing_id", "'2' AS value").write.parquet(str(tmp_path / "x"))
    given = spark.read.parquet(str(tmp_path / "x"))
    fitted = fit(given, contract(Column("value", "smallint", "A value.")), [WHOLE])
    kept = fitted.where("_rejected IS NULL AND _dropped IS NULL").select("thing_id", "value")

    plan, rejects = (
        frame._jdf.queryExecution().optimizedPlan().toString() for frame in (kept, fitted)
    )

    assert "_row" not in plan
    assert "AS _row" in rejects
    assert 1 <= plan.count("as smallint") <= 3
