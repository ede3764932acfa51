"""How a contract becomes DDL of Redshift; the DDL of the catalogue's tables is in golden/."""

from dataclasses import replace

import pytest

from seniorlink_assets.warehouses.redshift.ddl import (
    column_ddl,
    comments,
    create_table,
    internal_tables,
)
from spark.contract import Column, Contract

ID = Column("visit_id", "bigint", "The visit.")
DAY = Column("visited_on", "date", "The day it's about.", phi="date")
STATE = Column("state", "varchar(2)", "Where.", nullable=True)
SHARE = Column("share", "double precision", "How much.", nullable=True)
DONE = Column("is_done", "boolean", "Whether it took place.")
SAID = Column("said", "super", "What was said.", nullable=True)
PRICE = Column("price_usd", "decimal(10, 2)", "What it cost.")
VISITS = Contract(
    "clinical/visits",
    "table",
    "One row per visit.",
    (ID, DAY, STATE, SHARE, DONE, SAID, PRICE),
    ("visit_id",),
)


def columns(contract):
    return [column_ddl(column, contract) for column in contract.columns]


def ending(contract):
    """What CREATE TABLE says after the columns."""
    return create_table(contract, "t").rpartition("\n)\n")[2].split("\n")


def test_every_column_has_the_encoding_that_suits_its_type():
    assert columns(VISITS) == [
        '"visit_id" bigint ENCODE az64 NOT NULL',
        '"visited_on" date ENCODE az64 NOT NULL',
        '"state" varchar(2) ENCODE zstd',
        '"share" double precision ENCODE raw',
        '"is_done" boolean ENCODE raw NOT NULL',
        '"said" super ENCODE zstd',
        '"price_usd" decimal(10, 2) ENCODE az64 NOT NULL',
    ]


def test_the_first_sort_column_is_not_compressed_and_the_others_are():
    found = columns(replace(VISITS, sort_by=("state", "visited_on")))

    assert found[1:3] == [
        '"visited_on" date ENCODE az64 NOT NULL',
        '"state" varchar(2) ENCODE raw',
    ]


def test_interleaved_sort_columns_are_all_compressed():
    contract = replace(VISITS, sort_by=("state", "visited_on"), interleaved=True)

    assert columns(contract) == columns(VISITS)


def test_a_declared_encoding_is_kept_even_in_the_sort_key():
    state = replace(STATE, encode="bytedict")
    contract = replace(VISITS, columns=(ID, state), sort_by=("state",))

    assert columns(contract)[1] == '"state" varchar(2) ENCODE bytedict'


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["DISTSTYLE AUTO", "SORTKEY AUTO"]),
        ({"distribute": "all"}, ["DISTSTYLE ALL", "SORTKEY AUTO"]),
        ({"distribute": "even"}, ["DISTSTYLE EVEN", "SORTKEY AUTO"]),
        ({"distribute_by": "state"}, ['DISTSTYLE KEY DISTKEY ("state")', "SORTKEY AUTO"]),
        (
            {"sort_by": ("visited_on", "state")},
            ["DISTSTYLE AUTO", 'COMPOUND SORTKEY ("visited_on", "state")'],
        ),
        (
            {"sort_by": ("visited_on", "state"), "interleaved": True},
            ["DISTSTYLE AUTO", 'INTERLEAVED SORTKEY ("visited_on", "state")'],
        ),
    ],
)
def test_rows_lie_where_and_in_the_order_that_is_declared(changes, said):
    assert ending(replace(VISITS, **changes)) == said


def test_the_primary_key_is_told():
    contract = replace(VISITS, primary_key=("visit_id", "visited_on"))

    assert '    PRIMARY KEY ("visit_id", "visited_on")\n)' in create_table(contract, "t")


def test_the_key_of_a_table_with_days_is_told_with_the_day_within_which_it_is_unique():
    contract = replace(VISITS, partition_by="visited_on")

    assert '    PRIMARY KEY ("visited_on", "visit_id")\n)' in create_table(contract, "t")


def test_a_raw_table_takes_nested_values_as_text_and_has_no_keys():
    contract = replace(VISITS, sort_by=("visited_on",), distribute_by="state")

    raw = create_table(contract, '"clinical"."x"', raw=True)

    assert raw.startswith('CREATE TABLE "clinical"."x" (\n    "visit_id" bigint')
    assert '"said" varchar(65535) ENCODE zstd\n' in raw.replace(",\n", "\n")
    assert raw.endswith('\n)\nDISTSTYLE KEY DISTKEY ("state")')
    assert "KEY (" not in raw.removesuffix('DISTSTYLE KEY DISTKEY ("state")')


def test_comments_tell_the_grain_the_meanings_and_the_phi_class():
    contract = replace(VISITS, columns=(ID, DAY))

    assert comments(contract, "t") == [
        "COMMENT ON TABLE t IS 'One row per visit.'",
        """COMMENT ON COLUMN t."visit_id" IS 'The visit.'""",
        """COMMENT ON COLUMN t."visited_on" IS 'The day it''s about. [phi: date]'""",
    ]


def test_rejects_and_releases_of_a_table_are_in_the_internal_schema():
    schema, rejects, releases = internal_tables(VISITS)

    assert schema == 'CREATE SCHEMA IF NOT EXISTS "seniorlink"'
    assert rejects.startswith(
        'CREATE TABLE IF NOT EXISTS "seniorlink"."clinical.visits.rejects" (\n    "partition" '
    )
    assert releases.startswith(
        'CREATE TABLE IF NOT EXISTS "seniorlink"."clinical.visits.releases" (\n    "release_id" '
    )
