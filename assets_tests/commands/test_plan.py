"""`seniorlink plan` shows what is not up to date, and changes nothing."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seniorlink_assets import cli
from seniorlink_assets.definitions import definitions

definitions()  # declares the catalogue, once for all tests
LANDED = ("--caregivers", "10", "--days", "3", "--first-day", "2025-03-01")


@pytest.fixture
def home(tmp_path, monkeypatch, real_catalogue) -> Path:
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "home"))
    # The command sets it for the processes it starts: what is set here is taken back at the end.
    for name in ("DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "")
    return tmp_path / "home"


@pytest.fixture
def landed(home) -> Path:
    assert seniorlink("seed", *LANDED).exit_code == 0
    return home


def seniorlink(*words: str) -> Result:
    return CliRunner().invoke(cli.main, words, prog_name="seniorlink")


def test_everything_is_missing_from_a_company_that_has_just_landed(landed):
    said = seniorlink("plan")

    lines = said.output.splitlines()
    assert said.exit_code == 0
    assert lines[-1] == (
        "`seniorlink recover` takes 29 Spark jobs, in one run: 29 assets, 2025-03-01 to 2025-03-03."
    )
    assert sum("missing" in line for line in lines) == 29
    assert not (landed / "lake" / "jobs").exists()


def test_a_key_narrows_it_to_the_table_and_what_lies_below(landed):
    told = json.loads(seniorlink("plan", "care/daily_notes", "--json").output)

    keys = {found["key"] for found in told["partitions"]}
    assert "care/daily_notes" in keys
    assert "outcomes/wellbeing_by_month" in keys
    assert "care/messages" not in keys


@pytest.mark.parametrize(
    ("words", "days"),
    [
        (("--since", "2025-03-02"), ["2025-03-02", "2025-03-03"]),
        (("--days", "2025-03-02"), ["2025-03-02"]),
        (("--days", "2025-02-01..2025-03-02"), ["2025-03-01", "2025-03-02"]),
    ],
)
def test_days_narrow_it_to_those_that_have_landed(landed, words, days):
    told = json.loads(seniorlink("plan", "--json", *words).output)

    assert told["days"] == days
    assert {run["first"] for run in told["runs"]} == {days[0]}


def test_json_says_the_same_every_time(landed):
    assert seniorlink("plan", "--json").output == seniorlink("plan", "--json").output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("care/mesages",), "'care/mesages' is no table or extract; did you mean care/messages"),
        (("--days", "2025-04-01"), "no day from 2025-04-01 to 2025-04-01 has landed and is over"),
        (("--days", "2025-03-02..2025-03-01"), "ends before it begins; turn it round"),
        (("--days", "yesterday"), "'yesterday' is no day; write it as 2025-01-01"),
        (("--since", "2025-03-02", "--days", "2025-03-02"), "--since and --days exclude"),
    ],
)
def test_what_cannot_be_planned_is_one_sentence(landed, words, sentence):
    said = seniorlink("plan", *words)

    assert said.exit_code in (1, 2)
    assert sentence in said.output
    assert "Traceback" not in said.output


def test_a_home_where_nothing_has_landed_says_what_to_do(home):
    said = seniorlink("plan")

    assert said.exit_code == 1
    assert said.output == (
        f"Error: {home / 'landing'} holds no day from 2025-01-01 to yesterday; bring one there, "
        "or run `seniorlink seed` for the sample company's\n"
    )
