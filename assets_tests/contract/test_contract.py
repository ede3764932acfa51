"""A declaration that cannot be kept is refused in a sentence."""

import json
import re
from dataclasses import replace

import pytest

from spark.contract import (
    Column,
    Contract,
    ContractError,
    accepted_values,
    in_range,
    keeps_rows_of,
    mostly_present,
    newest_within,
    rejects_at_most,
)

ID = Column("thing_id", "bigint", "Which thing.")
DAY = Column("seen_on", "date", "When.")
KIND = Column("kind", "varchar(9)", "What kind.", nullable=True, phi="clinical")
SAID = Column("said", "super", "What was said.")
VIEW = "SELECT kind FROM care.things"
THINGS = Contract(
    key="care/things",
    kind="table",
    grain="One row per thing.",
    columns=(ID, DAY, KIND),
    primary_key=("thing_id",),
    checks=(accepted_values("kind", ["a"]), keeps_rows_of("lines", drops=["older"])),
    partition_by="seen_on",
    distribute_by="thing_id",
    sort_by=("seen_on", "thing_id"),
)

WRONG = [
    ({"columns": ()}, "columns: there is none; declare at least one"),
    ({"columns": (ID, DAY, ID)}, "columns: 'thing_id' is declared twice; keep one of them"),
    ({"columns": (Column("Id", "date", "x"),)}, "columns: 'Id' is no column name; use lower case"),
    ({"columns": (Column("a", "text", "x"),)}, "columns: 'a': 'text' is no type; use smallint"),
    ({"columns": (Column("a", "date", " "),)}, "columns: 'a' has no meaning; say what a value is"),
    ({"columns": (replace(ID, phi="secret"),)}, "columns: 'thing_id' has the PHI class 'secret'"),
    ({"primary_key": ()}, "primary_key: there is none; name the columns of the grain"),
    ({"primary_key": ("id",)}, "primary_key: 'id' is not among the columns; use one of thing_id"),
    ({"primary_key": ("kind",)}, "primary_key: 'kind' is nullable; a key must not be"),
    ({"primary_key": ("thing_id", "thing_id")}, "primary_key: 'thing_id' is named twice"),
    ({"sort_by": ("id",)}, "sort_by: 'id' is not among the columns"),
    ({"distribute_by": "id"}, "distribute_by: 'id' is not among the columns"),
    ({"partition_by": "thing_id"}, "partition_by: 'thing_id' is bigint; partitions are days"),
    ({"checks": (in_range("mood", 1),)}, "checks: mood_is_in_range: 'mood' is not among"),
    (
        {"checks": (in_range("thing_id", 1), in_range("thing_id", 2))},
        "checks: 'thing_id_is_in_range' is declared twice; keep one of them",
    ),
    (
        {"checks": (newest_within(2),), "partition_by": None, "sort_by": ("thing_id",)},
        "checks: 'is_fresh' needs to know a row's age; let sort_by begin with",
    ),
    (
        {"kind": "extract", "columns": (ID, DAY, Column("answers", "super", "What was said."))},
        "columns: 'answers' is super, which a .hyper file cannot hold; use decimal",
    ),
    (
        {"columns": (ID, DAY, replace(KIND, encode="az64"))},
        "columns: 'kind' has the encoding 'az64'; a varchar(9) takes one of raw, bytedict, lzo",
    ),
    ({"distribute": "key"}, "distribute: 'key' is no way to distribute; use one of auto, even"),
    ({"distribute": "all"}, "distribute: 'all' contradicts distribute_by, which distributes by"),
    (
        {"columns": (ID, DAY, KIND, SAID), "distribute_by": "said"},
        "distribute_by: 'said' is super, which has no order; use another column",
    ),
    (
        {"interleaved": True, "sort_by": ("seen_on",)},
        "interleaved: sort_by names 1 columns; name 2 to 8, or leave it out",
    ),
    ({"readers": ("bi",)}, "readers: 'bi' is no reader; write it as in 'role bi'"),
    ({"readers": ("role BI",)}, "readers: 'role BI' is no reader; write it as in 'role bi'"),
    ({"readers": ("role bi", "role bi")}, "readers: 'role bi' is named twice; keep one of them"),
    (
        {"readers": ("group bi on schema care",)},
        "readers: 'group bi on schema care': Redshift lets no group read a whole schema; name a",
    ),
    (
        {"readers": ("role bi on schema reporting",)},
        "readers: 'role bi on schema reporting': neither the table nor a view of it is in that",
    ),
    ({"views": {"Kinds": VIEW}}, "views: 'Kinds' is no view; call it schema.name in lower case"),
    ({"views": {"seniorlink.x": VIEW}}, "views: 'seniorlink.x' is in the reserved schema"),
    ({"views": {"care.things": VIEW}}, "views: 'care.things' is the name of a table; call"),
    ({"views": {"care.things_rejects": VIEW}}, "views: 'care.things_rejects' is the name of a"),
    ({"views": {"x.y": "DROP TABLE care.things"}}, "views: 'x.y' does not begin with SELECT or"),
    ({"views": {"x.y": f"{VIEW}; DROP TABLE x"}}, "views: 'x.y' has a semicolon (;); write one"),
    ({"views": {"x.y": f"{VIEW} -- all"}}, "views: 'x.y' has a comment (--); write one query"),
    (
        {"views": {"x.y": f"{VIEW} JOIN teams USING (kind)"}},
        "views: 'x.y' reads teams; write its schema too: schema.name",
    ),
    ({"views": {"x.y": "SELECT 1 AS a"}}, "views: 'x.y' does not read care.things; declare it"),
]


@pytest.mark.parametrize(("fields", "sentence"), WRONG)
def test_a_contract_that_cannot_be_kept_says_why(fields, sentence):
    with pytest.raises(ContractError, match=f"^{re.escape(sentence)}"):
        replace(THINGS, **fields)


@pytest.mark.parametrize(
    "declare",
    [
        lambda: rejects_at_most(5),
        lambda: rejects_at_most(-0.1),
        lambda: mostly_present("kind", 75),
        lambda: in_range("kind"),
    ],
)
def test_a_check_that_cannot_be_meant_is_refused(declare):
    with pytest.raises(ContractError, match=r"^checks: .*(use a number from 0 to 1|needs a min)"):
        declare()


STORED = replace(
    THINGS,
    columns=(ID, DAY, replace(KIND, encode="bytedict")),
    distribute_by=None,
    distribute="all",
    interleaved=True,
    readers=("role bi", "group analysts", "role bi on schema reporting"),
    views={"reporting.kinds": VIEW},
)


@pytest.mark.parametrize("contract", [THINGS, STORED])
def test_a_contract_survives_its_journey_as_json(contract):
    assert Contract.from_json(json.loads(json.dumps(contract.to_json()))) == contract


def test_the_substance_does_not_change_with_the_prose():
    reworded = replace(
        THINGS, grain="A row a thing.", columns=(replace(ID, meaning="Its number."), DAY, KIND)
    )

    assert reworded.substance() == THINGS.substance()
    assert replace(THINGS, sort_by=()).substance() != THINGS.substance()


def test_the_substance_does_not_change_with_storage_readers_and_views():
    assert STORED.substance() == replace(THINGS, distribute_by=None).substance()


def test_the_substance_has_what_fingerprints_have_always_been_made_of():
    assert {*THINGS.substance()} == {
        "key", "kind", "columns", "primary_key", "checks", "partition_by", "distribute_by",
        "sort_by",
    }  # fmt: skip
    assert {*THINGS.substance()["columns"][0]} == {"name", "type", "nullable", "phi", "subject"}


def test_every_table_has_the_checks_that_nobody_needs_to_declare():
    names = [check.name for check in THINGS.all_checks]

    assert names[:3] == [
        "primary_key_is_unique",
        "destination_holds_every_row",
        "rejects_are_few",
    ]


def test_a_declared_share_of_rejects_takes_the_place_of_the_usual_one():
    checks = replace(THINGS, checks=(rejects_at_most(0.5),)).all_checks

    shares = [check.parameters for check in checks if check.kind == "rejects_at_most"]
    assert shares == [{"share": 0.5}]
