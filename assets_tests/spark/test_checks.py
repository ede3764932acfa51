"""Examining what was written: counts, sums, checks and a hash of the content."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from pyspark.sql import functions as F

from spark.checks import examine
from spark.contract import (
    WHOLE,
    Column,
    Contract,
    accepted_values,
    in_range,
    mostly_present,
)

THINGS = Contract(
    key="care/things",
    kind="table",
    grain="One row per thing.",
    columns=(
        Column("thing_id", "bigint", "Which thing."),
        Column("kind", "varchar(9)", "What kind.", nullable=True),
        Column("other", "varchar(9)", "What other kind.", nullable=True),
        Column("amount_usd", "decimal(6,2)", "What it costs.", nullable=True),
        Column("seen_at", "timestamp", "When."),
    ),
    primary_key=("thing_id",),
    sort_by=("seen_at",),
    checks=(
        accepted_values("kind", ["a", "b"]),
        in_range("amount_usd", 0, 100),
        mostly_present("other"),
    ),
)
SCHEMA = (
    "thing_id bigint, kind string, other string, amount_usd decimal(6,2), seen_at timestamp, "
    "_partition string"
)
NOON = datetime.fromisoformat("2025-01-01 12:00:00")
ROW = (1, "a", "b", Decimal("1.50"), NOON, WHOLE)


def found(spark, rows, contract=THINGS):
    return examine(spark.createDataFrame(rows, SCHEMA), contract, len(rows))


def content(spark, *rows):
    return found(spark, rows)[WHOLE].content


def test_each_day_is_examined_by_itself(spark):
    rows = [(*ROW[:5], "2025-01-01"), (1, "c", None, None, NOON.replace(hour=13), "2025-01-02")]

    days = found(spark, [*rows, (*rows[1][:4], NOON, "2025-01-02")])

    assert {day: seen.rows for day, seen in days.items()} == {"2025-01-01": 1, "2025-01-02": 2}
    assert days["2025-01-01"].violations == {
        "primary_key_is_unique": 0,
        "kind_has_accepted_values": 0,
        "amount_usd_is_in_range": 0,
    }
    assert days["2025-01-02"].violations == {
        "primary_key_is_unique": 1,
        "kind_has_accepted_values": 2,
        "amount_usd_is_in_range": 0,
    }
    assert days["2025-01-02"].present == {"other": 0}
    assert days["2025-01-02"].newest == "2025-01-01 13:00:00"


def test_both_ends_of_a_range_are_included(spark):
    amounts = ["-0.01", "0.00", "100.00", "100.01", None]
    rows = [
        (number, "a", "b", amount and Decimal(amount), NOON, WHOLE)
        for number, amount in enumerate(amounts)
    ]

    assert found(spark, rows)[WHOLE].violations["amount_usd_is_in_range"] == 2


def test_a_check_counts_the_rows_that_break_it(spark):
    expected = [
        (in_range("amount_usd", minimum=2), 1),
        (in_range("thing_id", maximum=0), 1),
        (in_range("seen_at", "2025-01-01", "2025-01-02"), 0),
        (accepted_values("kind", []), 1),
        (accepted_values("other", ["a", "b"]), 0),
    ]

    seen = found(spark, [ROW], replace(THINGS, checks=tuple(check for check, _ in expected)))

    for check, rows in expected:
        assert seen[WHOLE].violations[check.name] == rows


def test_sums_are_exact(spark):
    rows = [
        (2**63 - 1, "a", "b", Decimal("9999.99"), NOON, WHOLE),
        (2**63 - 2, "a", "b", Decimal("-0.01"), NOON, WHOLE),
        (-5, "a", "b", None, NOON, WHOLE),
    ]

    assert found(spark, rows)[WHOLE].sums == {
        "thing_id": str(2**64 - 8),
        "amount_usd": "9999.98",
    }


def test_sums_are_written_out_and_a_column_of_nulls_has_none(spark):
    tiny = replace(
        THINGS,
        columns=(
            *THINGS.columns[:3],
            Column("amount_usd", "decimal(20,18)", "Tiny."),
            *THINGS.columns[4:],
        ),
        checks=(),
    )

    zero = found(spark, [(1, "a", "b", Decimal(0), NOON, WHOLE)], tiny)[WHOLE]
    null = found(spark, [(1, "a", "b", None, NOON, WHOLE)])[WHOLE]

    assert zero.sums["amount_usd"] == "0.000000000000000000"
    assert "amount_usd" not in null.sums


def test_the_content_does_not_depend_on_order_or_files(spark):
    rows = [(number, "a", None, None, NOON, WHOLE) for number in range(20)]
    frame = spark.createDataFrame(rows, SCHEMA)

    one = examine(frame.coalesce(1), THINGS, 20)[WHOLE].content
    many = examine(frame.repartition(7, "thing_id"), THINGS, 20)[WHOLE].content

    assert one == many == content(spark, *reversed(rows))


DIFFERENT = [
    [ROW],
    [ROW, ROW],
    [ROW, ROW, ROW],
    [(2, *ROW[1:])],
    [ROW, (2, *ROW[1:])],
    [(1, None, *ROW[2:])],
    [(1, "", *ROW[2:])],
    [(1, "b", "a", *ROW[3:])],
    [(1, "a", None, *ROW[3:])],
    [(1, None, "a", *ROW[3:])],
    [(1, None, None, *ROW[3:])],
    [(1, "", None, *ROW[3:])],
    [(1, None, "", *ROW[3:])],
    [(*ROW[:3], Decimal("1.51"), *ROW[4:])],
    [(*ROW[:4], NOON.replace(microsecond=1), WHOLE)],
    [(1, "a", "x", *ROW[3:]), (2, "b", "x", *ROW[3:])],
    [(1, "b", "x", *ROW[3:]), (2, "a", "x", *ROW[3:])],
]


def test_the_content_changes_with_every_row_and_with_every_value_and_its_place(spark):
    rows = [(*row[:5], str(number)) for number, rows in enumerate(DIFFERENT) for row in rows]

    contents = {partition: seen.content for partition, seen in found(spark, rows).items()}

    assert len(set(contents.values())) == len(DIFFERENT)


def test_what_is_found_does_not_depend_on_how_many_keys_are_collected_at_once(spark):
    rows = [
        (number % 40, "c", None, Decimal(number), NOON.replace(second=number), WHOLE)
        for number in range(50)
    ]
    wide = replace(
        THINGS,
        columns=(
            *THINGS.columns[:3],
            Column("amount_usd", "decimal(38,4)", "Much."),
            *THINGS.columns[4:],
        ),
    )
    frame = spark.createDataFrame(rows, SCHEMA).withColumn(
        "amount_usd", F.expr("CAST(amount_usd AS decimal(38,4)) + 999999999999999999999999999999")
    )

    whole, parts = (examine(frame, wide, estimate)[WHOLE] for estimate in (0, 1_000_000))

    assert whole == parts
    assert whole.violations["primary_key_is_unique"] == 10
    assert whole.sums["amount_usd"] == str(50 * (10**30 - 1) + sum(range(50))) + ".0000"
    assert whole.newest == "2025-01-01 12:00:49"


def test_keys_that_differ_are_unique_even_if_their_hashes_do_not(spark):
    two = replace(
        THINGS,
        columns=(
            *THINGS.columns[:1],
            Column("kind", "varchar(9)", "Half a key."),
            Column("other", "varchar(9)", "The other half."),
            *THINGS.columns[3:],
        ),
        primary_key=("kind", "other"),
    )

    # A hash passes over NULLs.
    seen = found(spark, [(1, "a", None, *ROW[3:]), (2, None, "a", *ROW[3:])], two)

    assert seen[WHOLE].violations["primary_key_is_unique"] == 0


def test_the_newest_of_a_partitioned_table_is_its_day(spark):
    daily = Contract(
        key="care/days",
        kind="table",
        grain="One row per day.",
        columns=(Column("seen_on", "date", "When."),),
        primary_key=("seen_on",),
        partition_by="seen_on",
    )
    frame = spark.createDataFrame(
        [(date(2025, 1, 2), "2025-01-02")], "seen_on date, _partition string"
    )

    assert examine(frame, daily, 1)["2025-01-02"].newest == "2025-01-02"


def test_nothing_written_is_nothing_found(spark):
    assert found(spark, []) == {}
