"""A satellite is a table like any other: declared, computed, judged, loaded and published."""

import json

import duckdb
import pytest

from assets_tests.checkout import Checkout, failure
from assets_tests.satellite_table import NOTES, declared, doing
from seniorlink_assets.catalogue import known
from seniorlink_assets.declaration import DeclarationError

DAY = "2025-01-02"


@pytest.fixture
def checkout(tmp_path):
    found = Checkout.at(tmp_path)
    lines = f"note_id,noted_on\n1,{DAY}\n2,{DAY}\nx,{DAY}\n"
    found.land("trial/notes", DAY, notes_csv=lines)
    return found


def published(checkout):
    with duckdb.connect(str(checkout.home / "warehouse.duckdb"), read_only=True) as warehouse:
        return warehouse.execute("SELECT note_id FROM trial.notes ORDER BY 1").fetchall()


def manifest(checkout):
    (path,) = (checkout.home / "lake" / "snapshots").rglob("manifest.json")
    return json.loads(path.read_text())


def test_a_satellite_is_computed_checked_loaded_and_published_without_spark(checkout):
    table = declared(checkout)

    result = checkout.materialize(NOTES, table, days=DAY)

    assert result.success
    assert published(checkout) == [(1,), (2,)]
    assert manifest(checkout)["reject_reasons"] == {"note_id is not a bigint": 1}
    assert "DuckDB" in manifest(checkout)["spark_version"]
    assert {check.check_name for check in result.get_asset_check_evaluations()} == {
        "primary_key_is_unique",
        "destination_holds_every_row",
        "keeps_rows_of_notes",
        "rejects_are_few",
    }


def test_what_a_satellite_says_is_in_the_log_of_its_run(checkout):
    result = checkout.materialize(NOTES, declared(checkout), days=DAY)

    said = [entry.user_message for entry in checkout.instance.all_logs(result.run_id)]
    assert "writing" in said
    assert any("without Spark" in line for line in said)


def test_unchanged_code_and_inputs_are_not_computed_again(checkout):
    table = declared(checkout)
    checkout.materialize(NOTES, table, days=DAY)

    again = checkout.materialize(NOTES, table, days=DAY)

    assert again.success
    assert checkout.spark_jobs("trial/notes") == 1


def test_a_satellite_that_fails_a_check_is_not_published(checkout):
    checkout.land("trial/notes", DAY, notes_csv=f"note_id,noted_on\nx,{DAY}\ny,{DAY}\n1,{DAY}\n")

    result = checkout.materialize(NOTES, declared(checkout), days=DAY)

    assert not result.success
    assert "2 of 3 rows (66.7%) are rejected" in failure(result)


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("raise LookupError('there is no mood')", "LookupError: there is no mood (in spark/trial"),
        (
            "int(next(iter(notes))['note_id'] + 'x')",
            "ValueError: invalid literal for int() with base 10: …",
        ),
        ("import os; os._exit(3)", "The job ended with 3 and no word"),
        ("import os; os.kill(os.getpid(), 9)", "The job was killed (signal 9)"),
        (
            "yield {'note_id': 1}",
            "trial/notes did not return the column noted_on; return it, or take it out",
        ),
    ],
)
def test_a_function_that_fails_says_why_and_quotes_nothing(checkout, deed, sentence):
    result = checkout.materialize(NOTES, declared(checkout, doing(deed)), days=DAY)

    assert sentence in failure(result)
    assert "1x" not in failure(result)


def test_a_satellite_that_takes_too_long_is_ended(checkout):
    endless = doing("import threading; threading.Event().wait()")
    table = declared(checkout, endless, more="timeout=timedelta(seconds=1),")

    result = checkout.materialize(NOTES, table, days=DAY)

    assert "it took longer than its timeout" in failure(result)


@pytest.mark.parametrize("service", ["lambda", "ecs", "ec2"])
def test_a_declaration_names_the_service(checkout, service):
    table = declared(checkout, service=service)

    (spec,) = table.specs
    assert known("trial/notes").satellite == service
    assert spec.kinds == {"redshift", service, "python"}


def test_a_function_must_do_without_spark(checkout):
    with pytest.raises(DeclarationError, match="imports pyspark, which a satellite does not have"):
        declared(checkout, doing("import pyspark"))


def test_a_function_must_do_without_spark_in_what_it_imports_too(checkout):
    with pytest.raises(DeclarationError, match="or what it imports, imports pyspark"):
        declared(checkout, doing("import spark.business_day"))


def test_a_satellite_is_not_sql(checkout):
    checkout.write_job("trial/notes", "SELECT * FROM notes", suffix=".sql")

    with pytest.raises(DeclarationError, match=r"SQL, but a satellite is a Python function"):
        checkout.declare(
            "trial/notes",
            """
from seniorlink_assets.satellite import satellite_on_ecs
from spark.contract import Column

notes = satellite_on_ecs(
    "trial/notes",
    description="One row per note.",
    columns=[Column("note_id", "bigint", "The note.")],
    primary_key=["note_id"],
    inputs=[landed],
    owners=["team:x"],
)
""",
            landed=NOTES,
        )


def test_a_satellite_has_no_settings_of_spark(checkout):
    with pytest.raises(DeclarationError) as error:
        declared(checkout, more='spark_conf={"spark.driver.memory": "4g"},')

    assert str(error.value) == (
        "seniorlink_assets/defs/trial/notes.py: spark_conf: a satellite has no Spark that could "
        "take spark.driver.memory; leave it out, or declare it with redshift_table()"
    )


def test_lambda_has_no_time_for_what_takes_longer_than_a_quarter_of_an_hour(checkout):
    with pytest.raises(DeclarationError, match="longer than Lambda lets anything take"):
        declared(checkout, more="timeout=timedelta(minutes=16),")
