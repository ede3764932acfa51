"""What makes a partition be computed again, and what does not."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from seniorlink_assets import fingerprint as fingerprints
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.fingerprint import fingerprint, table_version
from spark.contract import Column, Contract, in_range

CONTRACT = Contract(
    key="care/moods",
    kind="table",
    grain="One row per note.",
    columns=(Column("id", "bigint", "The note."), Column("mood", "smallint", "1 to 5.")),
    primary_key=("id",),
    checks=(in_range("mood", 1, 5),),
)
TABLE = Declared(CONTRACT, {}, Path("/checkout"), Path("/checkout/spark/x.py"), "code", {})
SPARK = "4.3.0"
INPUTS = {"notes": {"2025-01-02": "v1"}, "teams": {"all": "v1"}}


def version_with(**changes) -> str:
    return table_version(replace(TABLE, contract=replace(CONTRACT, **changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": (*CONTRACT.columns, Column("day", "date", "Its day."))},
        {"columns": (CONTRACT.columns[0], replace(CONTRACT.columns[1], type="integer"))},
        {"columns": (CONTRACT.columns[0], replace(CONTRACT.columns[1], nullable=True))},
        {"columns": CONTRACT.columns[::-1]},
        {"primary_key": ("id", "mood")},
        {"checks": ()},
        {"checks": (in_range("mood", 1, 4),)},
        {"sort_by": ("mood",)},
        {"distribute_by": "id"},
    ],
    ids=lambda changes: ", ".join(changes),
)
def test_another_contract_is_another_version(changes):
    assert version_with(**changes) != table_version(TABLE)


@pytest.mark.parametrize(
    "changes",
    [
        {"grain": "A row a note."},
        {"columns": tuple(replace(column, meaning="Else.") for column in CONTRACT.columns)},
    ],
    ids=["grain", "meanings"],
)
def test_other_words_for_the_same_are_the_same_version(changes):
    assert version_with(**changes) == table_version(TABLE)


def test_other_code_is_another_version_wherever_the_checkout_lies():
    assert table_version(replace(TABLE, code_version="other")) != table_version(TABLE)
    elsewhere = replace(TABLE, root=Path("/other"), job=Path("/other/spark/x.py"))
    assert table_version(elsewhere) == table_version(TABLE)


def test_other_settings_of_spark_give_the_same_rows():
    tuned = replace(TABLE, spark_conf={"spark.driver.memory": "4g"})

    assert table_version(tuned) == table_version(TABLE)


@pytest.mark.parametrize(
    ("version", "partition", "inputs"),
    [
        ("other", "2025-01-02", INPUTS),
        ("v", "2025-01-03", INPUTS),
        ("v", "2025-01-02", {**INPUTS, "notes": {"2025-01-02": "v2"}}),
        ("v", "2025-01-02", {**INPUTS, "notes": {"2025-01-03": "v1"}}),
        ("v", "2025-01-02", {**INPUTS, "notes": {}}),
        ("v", "2025-01-02", {"notes": INPUTS["notes"]}),
        ("v", "2025-01-02", {"notes": INPUTS["teams"], "teams": INPUTS["notes"]}),
    ],
)
def test_a_partition_made_from_something_else_has_another_fingerprint(version, partition, inputs):
    assert fingerprint(version, partition, inputs, SPARK) != fingerprint(
        "v", "2025-01-02", INPUTS, SPARK
    )


def test_the_order_in_which_inputs_are_listed_does_not_matter():
    turned = {name: INPUTS[name] for name in reversed(INPUTS)}

    assert fingerprint("v", "2025-01-02", turned, SPARK) == fingerprint(
        "v", "2025-01-02", INPUTS, SPARK
    )


def test_another_meaning_of_the_runner_is_another_fingerprint(monkeypatch):
    before = fingerprint("v", "2025-01-02", INPUTS, SPARK)

    monkeypatch.setattr(fingerprints, "SEMANTICS", fingerprints.SEMANTICS + 1)

    assert fingerprint("v", "2025-01-02", INPUTS, SPARK) != before


def test_another_spark_is_another_fingerprint():
    assert fingerprint("v", "2025-01-02", INPUTS, "5.0.0") != fingerprint(
        "v", "2025-01-02", INPUTS, "4.3.0"
    )


def test_every_process_finds_the_same_fingerprint():
    code = (
        "import json, sys; from seniorlink_assets.fingerprint import fingerprint;"
        "print(fingerprint('v', '2025-01-02', json.loads(sys.argv[1]), '4.3.0'))"
    )

    found = subprocess.run(
        [sys.executable, "-c", code, json.dumps(INPUTS)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout.strip() == fingerprint("v", "2025-01-02", INPUTS, SPARK)
