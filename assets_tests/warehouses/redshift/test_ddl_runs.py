"""The DDL runs on Redshift, and what then lives there is what was declared."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assets_tests.warehouses.redshift.golden_files import contracts, statements
from assets_tests.warehouses.redshift.signed import SignedLogins
from seniorlink_assets.warehouses.redshift.ddl import create_table, internal_tables
from seniorlink_assets.warehouses.redshift.driver import RedshiftDriver
from seniorlink_assets.warehouses.redshift.live import live_columns
from seniorlink_assets.warehouses.redshift.schema_changes import schema_changes
from seniorlink_assets.warehouses.redshift.transport import Session, Tag
from spark.contract import Column, Contract


@pytest.fixture
def session(redshift) -> Iterator[Session]:
    database = redshift.database()
    if not redshift.rows("SELECT 1 FROM pg_roles WHERE rolname = 'bi'", database):
        redshift.rows("CREATE ROLE bi", database)
    with RedshiftDriver(SignedLogins(redshift), database).session(Tag("run", "ddl")) as session:
        yield session


def changes(session, contract):
    return schema_changes(contract, live_columns(session, [contract])[contract.key])


def test_every_reviewed_statement_runs_and_leaves_nothing_to_change(session):
    known = contracts()

    for contract in known.values():
        for statement in [*statements(contract), *internal_tables(contract)]:
            session.execute(statement)

    live = live_columns(session, [*known.values()])
    assert {key: schema_changes(known[key], columns) for key, columns in live.items()} == {
        key: [] for key in known
    }
    assert all(column.encode for columns in live.values() for column in columns)


def test_what_is_run_for_a_change_leaves_nothing_to_change(session):
    columns = (
        Column("id", "bigint", "The note."),
        Column("noted_on", "date", "Its day."),
        Column("code", "varchar(8)", "Its code."),
    )
    first = Contract("public/notes", "table", "One row per note.", columns, ("id",))
    session.execute(create_table(first, '"public"."notes"'))
    then = replace(
        first,
        columns=(
            columns[0],
            replace(columns[1], encode="delta"),
            replace(columns[2], type="varchar(20)"),
            Column("mood", "smallint", "1 to 5.", nullable=True),
        ),
        distribute_by="id",
        sort_by=("code", "id"),
    )

    found = changes(session, then)
    for change in found:
        for statement in change.statements:
            session.execute(statement)

    assert [change.kind for change in found] == [
        "widening", "additive", "physical", "physical", "physical", "physical"
    ]  # fmt: skip
    assert changes(session, then) == []
