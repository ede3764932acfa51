"""The columns of live tables, as a warehouse tells them."""

import pytest

from seniorlink_assets.warehouses.redshift.live import LiveColumn, declared_type, live_columns
from seniorlink_assets.warehouses.redshift.transport import Session
from spark.contract import Column, Contract

ID = Column("id", "bigint", "The note.")
NOTES = Contract("care/notes", "table", "One row per note.", (ID,), ("id",))
VISITS = Contract("clinical/visits", "table", "One row per visit.", (ID,), ("id",))


class Told(Session):
    """Answers with these rows, and keeps what it was asked."""

    def __init__(self, *rows):
        self.answer, self.asked = [*rows], []

    def rows(self, sql):
        self.asked.append(sql)
        return self.answer

    def execute(self, sql):
        raise AssertionError(sql)

    def transaction(self, statements):
        raise AssertionError(statements)


@pytest.mark.parametrize(
    ("told", "declared"),
    [
        ("character varying(100)", "varchar(100)"),
        ("numeric(12,2)", "decimal(12,2)"),
        ("NUMERIC(12, 2)", "decimal(12,2)"),
        ("timestamp without time zone", "timestamp"),
        ("timestamp with time zone", "timestamp with time zone"),
        ("double precision", "double precision"),
        ("super", "super"),
        ("character(3)", "character(3)"),
    ],
)
def test_a_type_is_called_as_contracts_call_it(told, declared):
    assert declared_type(told) == declared


def test_all_tables_are_asked_for_at_once():
    session = Told(
        ("care", "notes", "id", "bigint", "NO", "none", True, 1),
        ("care", "notes", "said", "character varying(9)", "YES", "zstd", False, 0),
        ("care", "strangers", "id", "bigint", "NO", "az64", False, 0),
    )

    found = live_columns(session, [NOTES, VISITS])

    assert found == {
        "care/notes": [
            LiveColumn("id", "bigint", False, "raw", True, 1),
            LiveColumn("said", "varchar(9)", True, "zstd"),
        ],
        "clinical/visits": [],
    }
    (asked,) = session.asked
    assert "schema_name IN ('care', 'clinical')" in asked


def test_a_negative_place_in_the_sort_key_means_that_it_is_interleaved():
    session = Told(
        ("care", "notes", "id", "bigint", "NO", "az64", False, 1),
        ("care", "notes", "said", "date", "NO", "az64", False, -2),
    )

    found = live_columns(session, [NOTES])["care/notes"]

    assert [(column.sort, column.interleaved) for column in found] == [(1, True), (2, True)]


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_a_warehouse_does_not_tell_is_not_made_up(nothing):
    session = Told(("care", "notes", "id", "bigint", nothing, nothing, None, None))

    assert live_columns(session, [NOTES])["care/notes"] == [LiveColumn("id", "bigint", None)]


def test_nothing_is_asked_about_no_table():
    session = Told()

    assert live_columns(session, []) == {}
    assert session.asked == []
