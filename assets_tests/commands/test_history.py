"""`seniorlink history` shows what was published, and what of it can come back."""

import json

import dagster as dg
import pytest
from click.testing import CliRunner, Result

from assets_tests.releases.released import DAY, MOODS, NEXT, TABLES, TOTALS, Home
from seniorlink_assets import catalogue, cli
from seniorlink_assets.releases.rollback import Request, roll_back


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "40")
    for table in TABLES:
        catalogue.remember(table)
    return Home(tmp_path / "home")


def seniorlink(*words: str) -> Result:
    return CliRunner().invoke(cli.main, words, prog_name="seniorlink")


def test_the_newest_release_of_a_table_comes_first(home):
    first, second = home.release(TOTALS, 1, 2), home.release(TOTALS, 3)

    result = seniorlink("history", "care/totals")

    shown = [" ".join(line.split()) for line in result.output.splitlines()]
    assert shown[0] == "version published at (UTC) run rows rejects files state"
    assert [line.split()[0] for line in shown[1:]] == [second.version[:8], first.version[:8]]
    assert shown[1].endswith(" a run 1 0 there live")
    assert shown[2].endswith(" a run 2 0 there")


def test_each_partition_is_shown_or_only_those_asked_for(home):
    for day in (DAY, NEXT):
        home.release(MOODS, 1, day=day)

    everything = seniorlink("history", "care/moods")
    one = seniorlink("history", "care/moods", "--partition", NEXT)

    assert [line.split()[0] for line in everything.output.splitlines()] == ["partition", DAY, NEXT]
    assert [line.split()[0] for line in one.output.splitlines()] == ["partition", NEXT]


def test_what_was_rolled_back_and_what_is_gone_is_said(home):
    gone, _, _ = [home.release(TOTALS, mood) for mood in (1, 2, 3)]
    with dg.DagsterInstance.ephemeral() as instance:
        roll_back(Request("care/totals"), TABLES, home.environment, instance)
    (home.lake.storage.root / gone.files[0].path).unlink()

    result = seniorlink("history", "care/totals")

    said = [" ".join(line.split()).partition(" 1 0 ")[2] for line in result.output.splitlines()[1:]]
    assert said == [
        "there live, rolled back to",
        "there rolled back from",
        "there",
        "gone",
    ]


def test_programs_are_told_everything(home):
    first, second = home.release(TOTALS, 1, 2), home.release(TOTALS, 3)

    result = seniorlink("history", "care/totals", "--json")

    newest, oldest = json.loads(result.output)
    assert newest == {
        "partition": "all",
        "version": second.version[:8],
        "snapshot": second.version,
        "published_at": second.published_at,
        "run_id": "a run",
        "rows": 1,
        "rejects": 0,
        "bytes": second.bytes,
        "content": second.content,
        "fingerprint": second.fingerprint,
        "is_in_lake": True,
        "state": "live",
        "rolled_back_from": None,
    }
    assert (oldest["version"], oldest["state"]) == (first.version[:8], "earlier")


def test_versions_of_one_fingerprint_are_told_apart(home):
    first, second = [home.release(TOTALS, mood, fingerprint="f" * 16) for mood in (1, 2)]

    result = seniorlink("history", "care/totals", "--json")

    assert [release["version"] for release in json.loads(result.output)] == [
        second.version,
        first.version,
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["care/total"], "Error: 'care/total' is no table or extract; did you mean care/totals"),
        (["care/means"], "Error: nothing of care/means is published; materialize it first\n"),
        (
            ["care/totals", "--partition", DAY],
            f"Error: care/totals is not partitioned; leave out --partition {DAY}\n",
        ),
    ],
)
def test_what_does_not_exist_is_named(home, words, expected):
    home.release(TOTALS, 1)

    result = seniorlink("history", *words)

    assert result.exit_code == 1
    assert result.output.startswith(expected)
