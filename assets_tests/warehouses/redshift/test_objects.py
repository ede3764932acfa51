"""Schemas, grants and views that are declared beside a table."""

from collections import Counter
from dataclasses import replace

from assets_tests.warehouses.redshift.golden_files import contracts
from seniorlink_assets.warehouses.redshift.objects import grants, schema_grants, schemas, views
from spark.contract import Column, Contract

NOTES = Contract(
    "care/notes", "table", "One row per note.", (Column("id", "bigint", "The note."),), ("id",)
)
VIEWED = replace(NOTES, views={"reporting.notes": "\n    SELECT id\n    FROM care.notes\n"})


def test_a_table_that_nobody_is_named_for_is_granted_to_nobody():
    assert schemas(NOTES) == ['CREATE SCHEMA IF NOT EXISTS "care"']
    assert (schema_grants(NOTES), views(NOTES), grants(NOTES)) == ([], [], [])


def test_a_reader_may_read_the_table_and_its_views_and_nothing_else_of_their_schemas():
    contract = replace(VIEWED, readers=("role bi", "group analysts", "user tableau"))

    everybody = 'ROLE "bi", GROUP "analysts", "tableau"'
    assert schema_grants(contract) == [
        f'GRANT USAGE ON SCHEMA "care" TO {everybody}',
        f'GRANT USAGE ON SCHEMA "reporting" TO {everybody}',
    ]
    assert grants(contract) == [
        f'GRANT SELECT ON "care"."notes", "reporting"."notes" TO {everybody}'
    ]


def test_a_reader_of_a_schema_has_a_scoped_permission_there_and_none_elsewhere():
    contract = replace(VIEWED, readers=("role bi on schema reporting",))

    assert schema_grants(contract) == [
        'GRANT USAGE ON SCHEMA "reporting" TO ROLE "bi"',
        'GRANT SELECT FOR TABLES IN SCHEMA "reporting" TO ROLE "bi"',
    ]
    assert grants(contract) == []


def test_a_view_is_bound_to_names_only():
    assert schemas(VIEWED)[1] == 'CREATE SCHEMA IF NOT EXISTS "reporting"'
    assert views(VIEWED) == [
        'CREATE OR REPLACE VIEW "reporting"."notes" AS\n'
        "SELECT id\nFROM care.notes\n"
        "WITH NO SCHEMA BINDING"
    ]


def test_no_view_of_the_catalogue_takes_the_name_of_a_table_or_of_another_view():
    catalogue = contracts()
    tables = [key.replace("/", ".") for key in catalogue]
    declared = [view for contract in catalogue.values() for view in contract.views]

    assert declared
    assert [name for name, times in Counter([*tables, *declared]).items() if times > 1] == []
