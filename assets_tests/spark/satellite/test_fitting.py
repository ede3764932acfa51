"""Fitting rows of a function to a contract: a reason for every row that does not fit."""

from datetime import date
from decimal import Decimal

import pytest

from spark.contract import WHOLE, Column, Contract
from spark.satellite.fitting import fit
from spark.transform_error import TransformError


def contract(*columns, **fields):
    return Contract(
        key="care/things",
        kind="table",
        grain="One row per thing.",
        columns=(Column("thing_id", "integer", "Which thing."), *columns),
        primary_key=("thing_id",),
        **fields,
    )


VALUE = contract(Column("value", "smallint", "A value."))


def one(row, promised=VALUE, partitions=(WHOLE,)):
    (fitted,) = fit([row], promised, [*partitions])
    return fitted


def test_values_come_in_the_contracts_order_and_types():
    assert one({"value": "5", "thing_id": 1}).values == [1, 5]


def test_the_first_reason_is_the_functions_own_then_the_first_column_that_does_not_fit():
    rows = [
        {"thing_id": "x", "value": "a", "_rejected": "unknown"},
        {"thing_id": "x", "value": "a"},
        {"thing_id": 3, "value": None},
        {"thing_id": 4, "value": 1},
    ]

    assert [row.rejected for row in fit(rows, VALUE, [WHOLE])] == [
        "unknown",
        "thing_id is not a integer",
        "value is missing",
        None,
    ]


def test_a_varchar_is_measured_in_bytes():
    promised = contract(Column("name", "varchar(3)", "A name."))

    assert one({"thing_id": 1, "name": "éé"}, promised).rejected == "name is longer than 3 bytes"


def test_a_rejected_row_keeps_its_source_and_what_it_was_before_the_casts():
    source = {"file": "landing/a/b/2025-01-02/c.csv", "line": 2, "day": "2025-01-02"}

    row = one({"thing_id": Decimal("1.50"), "value": "twö", "_source": source})

    assert (row.source, row.row) == (source, '{"thing_id":1.5,"value":"twö"}')


def test_a_dropped_row_is_not_also_rejected():
    row = one({"thing_id": "x", "value": 1, "_rejected": "own reason", "_dropped": "older"})

    assert (row.rejected, row.dropped) == (None, "older")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"value": 1}, "care/things did not return the column thing_id; return it, or take it out"),
        ({"thing_id": 1, "value": 1, "extra": 2}, "care/things returned the column extra; drop it"),
        ((1, 2), "care/things yielded tuple; yield dicts"),
    ],
)
def test_what_is_no_row_of_the_contract_is_a_mistake_of_the_function(row, sentence):
    with pytest.raises(TransformError, match=sentence):
        one(row)


@pytest.mark.parametrize(
    ("day", "landed", "partition", "reason"),
    [
        (date(2025, 1, 2), "2025-01-02", "2025-01-02", None),
        (date(2025, 1, 2), None, "2025-01-02", None),
        ("2025-01-01", "2025-01-02", "2025-01-02", "day lies outside the partition"),
        (date(2025, 1, 9), None, "2025-01-01", "day lies outside the partition"),
        (None, "2025-01-02", "2025-01-02", "day is missing"),
    ],
)
def test_a_row_belongs_to_the_day_it_landed_on(day, landed, partition, reason):
    promised = contract(Column("day", "date", "When."), partition_by="day")
    source = {"_source": {"file": "x", "line": 1, "day": landed}} if landed else {}

    row = one({"thing_id": 1, "day": day, **source}, promised, ["2025-01-01", "2025-01-02"])

    assert (row.partition, row.rejected) == (partition, reason)
