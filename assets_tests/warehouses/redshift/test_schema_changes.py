"""What differs between a live table and its contract, and what is run for it."""

from dataclasses import replace

import pytest

from seniorlink_assets.warehouses.redshift.ddl import encoding
from seniorlink_assets.warehouses.redshift.live import LiveColumn
from seniorlink_assets.warehouses.redshift.schema_changes import schema_changes
from spark.contract import Column, Contract

ID = Column("id", "bigint", "The note.")
DAY = Column("noted_on", "date", "Its day.")
CODE = Column("code", "varchar(8)", "Its code.")
MOOD = Column("mood", "smallint", "1 to 5.", nullable=True)
PRICE = Column("price_usd", "decimal(10, 2)", "What it cost.")
NOTES = Contract(
    "care/notes",
    "table",
    "One row per note.",
    (ID, DAY, CODE, MOOD, PRICE),
    ("id",),
    distribute_by="id",
    sort_by=("noted_on",),
)
ALTER = 'ALTER TABLE "care"."notes"'


def live(contract):
    """The columns of a table that was made of this contract."""
    return [
        LiveColumn(
            column.name,
            column.type.replace(" ", "") if "(" in column.type else column.type,
            column.nullable,
            encoding(column, contract),
            column.name == contract.distribute_by,
            contract.sort_by.index(column.name) + 1 if column.name in contract.sort_by else 0,
            contract.interleaved and column.name in contract.sort_by,
        )
        for column in contract.columns
    ]


def found(contract, before=NOTES):
    return [
        (change.kind, change.sentence, change.statements)
        for change in schema_changes(contract, live(before))
    ]


def with_column(column):
    """The contract with another column of that name."""
    columns = [column if column.name == one.name else one for one in NOTES.columns]
    return replace(NOTES, columns=tuple(columns))


def test_a_table_as_it_was_made_has_no_changes():
    assert found(NOTES) == []


def test_a_table_that_is_not_there_has_no_changes():
    assert schema_changes(NOTES, []) == []


def test_a_column_that_may_be_null_is_added_by_alter():
    note = Column("note", "varchar(9)", "A note.", nullable=True)

    assert found(replace(NOTES, columns=(*NOTES.columns, note))) == [
        (
            "additive",
            "the column note (varchar(9)) is added",
            (f'{ALTER} ADD COLUMN "note" varchar(9) ENCODE zstd',),
        )
    ]


@pytest.mark.parametrize(
    ("column", "keys"),
    [
        (Column("note", "varchar(9)", "A note."), {}),
        (Column("note", "varchar(9)", "A note.", nullable=True), {"distribute_by": "note"}),
    ],
)
def test_a_column_that_no_row_may_lack_or_that_is_a_key_takes_a_new_table(column, keys):
    contract = replace(NOTES, columns=(*NOTES.columns, column), **keys)

    change = schema_changes(contract, live(NOTES))[0]

    assert (change.kind, change.needs_swap) == ("additive", True)


@pytest.mark.parametrize(
    ("column", "sentence", "statements"),
    [
        (
            replace(CODE, type="varchar(20)"),
            "the column code is widened from varchar(8) to varchar(20)",
            (f'{ALTER} ALTER COLUMN "code" TYPE varchar(20)',),
        ),
        (
            replace(MOOD, type="bigint"),
            "the column mood is widened from smallint to bigint",
            (),
        ),
        (
            replace(PRICE, type="decimal(12,4)"),
            "the column price_usd is widened from decimal(10,2) to decimal(12,4)",
            (),
        ),
        (replace(CODE, nullable=True), "the column code (varchar(8)) may be NULL", ()),
    ],
)
def test_a_column_that_holds_more_is_widened(column, sentence, statements):
    assert found(with_column(column)) == [("widening", sentence, statements)]


def test_text_that_redshift_does_not_lengthen_takes_a_new_table():
    encoded = with_column(replace(CODE, encode="bytedict"))
    longer = with_column(replace(CODE, encode="bytedict", type="varchar(20)"))
    keyed = replace(with_column(replace(CODE, type="varchar(20)")), primary_key=("code",))

    assert [statements for _, _, statements in found(longer, before=encoded)] == [()]
    assert [statements for _, _, statements in found(keyed)] == [()]


@pytest.mark.parametrize(
    ("contract", "sentence"),
    [
        (
            replace(NOTES, columns=(ID, DAY, CODE, PRICE)),
            "the column mood (smallint) is dropped",
        ),
        (
            with_column(replace(CODE, type="varchar(7)")),
            "the column code changes from varchar(8) to varchar(7)",
        ),
        (
            with_column(replace(ID, type="integer")),
            "the column id changes from bigint to integer",
        ),
        (
            with_column(replace(PRICE, type="decimal(10,4)")),
            "the column price_usd changes from decimal(10,2) to decimal(10,4)",
        ),
        (
            with_column(replace(PRICE, type="varchar(20)")),
            "the column price_usd changes from decimal(10,2) to varchar(20)",
        ),
        (
            with_column(replace(MOOD, nullable=False)),
            "the column mood (smallint) becomes NOT NULL",
        ),
    ],
)
def test_what_a_reader_or_a_value_may_not_survive_is_breaking(contract, sentence):
    change = schema_changes(contract, live(NOTES))[0]

    assert (change.kind, change.sentence, change.needs_swap) == ("breaking", sentence, True)


@pytest.mark.parametrize(
    ("changes", "sentence", "statements"),
    [
        (
            {"columns": with_column(replace(MOOD, encode="bytedict")).columns},
            "the column mood is encoded as bytedict, and no more as az64",
            (f'{ALTER} ALTER COLUMN "mood" ENCODE bytedict',),
        ),
        (
            {"distribute_by": "noted_on"},
            "rows are distributed by noted_on, and no more by id",
            (f'{ALTER} ALTER DISTKEY "noted_on"',),
        ),
        (
            {"distribute_by": None, "distribute": "all"},
            "rows are distributed by all, and no more by id",
            (f"{ALTER} ALTER DISTSTYLE ALL",),
        ),
        (
            {"sort_by": ("noted_on", "id")},
            "rows are sorted by noted_on, id, and no more by noted_on",
            (f'{ALTER} ALTER COMPOUND SORTKEY ("noted_on", "id")',),
        ),
    ],
)
def test_other_storage_is_made_by_alter(changes, sentence, statements):
    assert found(replace(NOTES, **changes)) == [("physical", sentence, statements)]


def test_what_is_interleaved_waits_for_a_new_table():
    interleaved = replace(NOTES, sort_by=("noted_on", "id"), interleaved=True)

    for contract, before in ((interleaved, NOTES), (NOTES, interleaved)):
        changes = [
            change
            for change in schema_changes(contract, live(before))
            if "sort" in change.sentence or "interleaved" in change.sentence
        ]
        assert [(one.kind, one.statements, one.needs_swap) for one in changes] == [
            ("physical", (), False)
        ]


def test_what_redshift_may_choose_itself_is_no_change():
    chosen = replace(NOTES, distribute_by=None, sort_by=())
    before = [
        replace(column, encode=encoding(chosen.column(column.name), chosen))
        for column in live(NOTES)
    ]

    assert schema_changes(chosen, before) == []


def test_what_a_warehouse_does_not_say_is_no_change():
    silent = [LiveColumn(column.name, column.type, None) for column in live(NOTES)]

    assert schema_changes(replace(NOTES, sort_by=("id",)), silent) == []
