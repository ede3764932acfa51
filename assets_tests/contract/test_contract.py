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


def test_a_contract_survives_its_journey_as_json():
    assert Contract.from_json(json.loads(json.dumps(THINGS.to_json()))) == THINGS


def test_the_substance_does_not_change_with_the_prose():
    reworded = replace(
        THINGS, grain="A row a thing.", columns=(replace(ID, meaning="Its number."), DAY, KIND)
    )

    assert reworded.substance() == THINGS.substance()
    assert replace(THINGS, sort_by=()).substance() != THINGS.substance()


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
