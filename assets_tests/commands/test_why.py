"""What `seniorlink why` says of a table that failed."""

import json

import pytest
from click.testing import CliRunner

from seniorlink_assets import cli
from seniorlink_assets.definitions import definitions
from seniorlink_assets.ledger import Entry, Failed, Ledger, place
from seniorlink_assets.storage.disk import DiskStorage

definitions()  # declares the tables, which is done once in a process
DAYS = {"2025-01-02": "a1", "2025-01-03": "b1", "2025-01-04": "c1"}
KEY = "care/messages"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return tmp_path


@pytest.fixture
def ledger(home):
    return Ledger(DiskStorage(home / "lake"))


def folder(ledger, attempt):
    return ledger._storage.root / place(KEY, attempt)


def why(*words):
    return CliRunner().invoke(cli.main, ["why", *words], prog_name="seniorlink")


def entry(attempt, run_id="run1", at="2025-01-05T00:00:00+00:00"):
    return Entry(KEY, attempt, DAYS, run_id, "local", at)


def fail(ledger, fingerprints, sentence, run_id):
    failures = {day: Failed(found, sentence, run_id) for day, found in fingerprints.items()}
    ledger.fail(KEY, failures)


def job_fails(ledger, attempt, reason, trace=(), **fields):
    """A job of all days fails, and its papers say why."""
    job = entry(attempt, **fields)
    assert ledger.claim(job) == []
    (folder(ledger, attempt) / "failure.json").write_text(
        json.dumps(
            {"sentence": reason, "kind": "data", "transient": False, "trace": [*trace]},
        )
    )
    (folder(ledger, attempt) / "exit").write_text("1\n")
    (folder(ledger, attempt) / "stderr.log").write_text("Killed\nMary Fakename\n")
    ledger.end(job, "failed", reason)


def test_a_table_that_is_well_has_nothing_to_say():
    said = why(KEY)

    assert (said.exit_code, said.output) == (
        0,
        "Nothing of care/messages failed when it was tried last.\n",
    )


def test_a_failed_job_is_explained_once_for_all_its_days(ledger):
    job_fails(ledger, "run1-1", "It broke.", trace=["org.apache.spark.SparkException"])
    fail(ledger, DAYS, f"{KEY}: It broke.", "run1")

    said = why(KEY).output

    assert said.startswith(f"{KEY}, 3 days, 2025-01-02 to 2025-01-04: failed at 20")
    assert said.count("It broke.") == 1
    assert "\nwhat to do: Let the job reject" in said
    assert "\nlast Spark exception:\n  org.apache.spark.SparkException\n" in said
    assert "\nlog's tail:\n  Killed\n  … 1 line not shown" in said
    assert said.endswith(f"\nattempt's folder: {folder(ledger, 'run1-1')}\n")
    assert "Mary" not in said


def test_the_newest_attempt_is_the_one_that_is_explained(ledger):
    job_fails(ledger, "run1-z", "It broke.", at="2025-01-05T00:00:00+00:00")
    job_fails(ledger, "run1-a", "It broke.", at="2025-01-05T00:00:01+00:00")
    fail(ledger, DAYS, f"{KEY}: It broke.", "run1")

    assert str(folder(ledger, "run1-a")) in why(KEY).output


def test_a_check_that_failed_after_its_job_is_not_put_down_to_an_older_job(ledger):
    job_fails(ledger, "run1-1", "It broke.")
    fail(ledger, DAYS, f"{KEY}: 12 rows have no mood.", "run2")

    said = why(KEY).output

    assert said.endswith("\ncare/messages: 12 rows have no mood.\n")
    assert "attempt's folder" not in said


def test_one_partition_is_asked_after(ledger):
    fail(ledger, {"2025-01-02": "a1"}, f"{KEY}: first.", "run1")
    fail(ledger, {"2025-01-03": "b1"}, f"{KEY}: second.", "run1")

    failed, well = why(KEY, "--partition", "2025-01-03"), why(KEY, "--partition", "2025-01-04")

    assert failed.output.startswith(f"{KEY}, 2025-01-03: failed at ")
    assert "second." in failed.output
    assert "first." not in failed.output
    assert well.output == f"Nothing of {KEY} 2025-01-04 failed when it was tried last.\n"


def test_a_damaged_paper_of_another_job_hides_nothing(ledger):
    job_fails(ledger, "run1-1", "It broke.")
    fail(ledger, DAYS, f"{KEY}: It broke.", "run1")
    damaged = folder(ledger, "run0-1")
    damaged.mkdir()
    (damaged / "entry.json").write_text("{")

    assert str(folder(ledger, "run1-1")) in why(KEY).output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["care/mesages"],
            "'care/mesages' is no table or extract; did you mean care/messages",
        ),
        (["care/messages", "--partition", "yesterday"], "'yesterday' is no day; write it as"),
        (
            ["enrolment/caregivers", "--partition", "2025-01-02"],
            "enrolment/caregivers is not partitioned; leave out --partition 2025-01-02",
        ),
    ],
)
def test_a_name_that_nothing_has_is_one_sentence(words, sentence):
    said = why(*words)

    assert said.exit_code != 0
    assert sentence in said.output
    assert "Traceback" not in said.output
