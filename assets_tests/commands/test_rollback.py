"""`seniorlink rollback` moves what was asked for, and says what it moved."""

import dagster as dg
import pytest
from click.testing import CliRunner, Result

from assets_tests.releases.released import DAY, MOODS, NEXT, TABLES, TOTALS, Home
from seniorlink_assets import catalogue, cli


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "home"))
    # The command sets it for the processes it starts: what is set here is taken back at the end.
    for name in ("DAGSTER_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "")
    for table in TABLES:
        catalogue.remember(table)
    return Home(tmp_path / "home")


def seniorlink(*words: str) -> Result:
    return CliRunner().invoke(cli.main, words, prog_name="seniorlink")


def test_a_home_without_dagster_gets_one_that_hears_of_it(home):
    first, second = home.release(TOTALS, 1), home.release(TOTALS, 2)

    result = seniorlink("rollback", "care/totals")

    assert (result.exit_code, result.output) == (
        0,
        f"care/totals: back from {second.version} to {first.version}\n",
    )
    assert home.moods(TOTALS) == [1]
    with dg.DagsterInstance.from_config(str(home.folder / "dagster")) as instance:
        event = instance.get_latest_materialization_event(TOTALS.asset_key)
    assert event is not None
    assert event.asset_materialization.metadata["state"].value == "rolled back"


def test_the_days_that_were_asked_for_go_back_with_all_below(home):
    for mood in (1, 2):
        for day in (DAY, NEXT):
            home.release(MOODS, mood, day=day)
        home.release(TOTALS, mood)

    days = ("--partition", DAY, "--partition", NEXT)
    result = seniorlink("rollback", "care/moods", *days, "--with-downstream")

    assert [line.partition(":")[0] for line in result.output.splitlines()] == [
        f"care/moods {DAY}",
        f"care/moods {NEXT}",
        "care/totals",
    ]
    assert [home.moods(table) for table in (MOODS, TOTALS)] == [[1, 1], [1]]


def test_a_version_can_be_named(home):
    first, _, _ = [home.release(TOTALS, mood) for mood in (1, 2, 3)]

    result = seniorlink("rollback", "care/totals", "--to", first.version[:8])

    assert (result.exit_code, home.moods(TOTALS)) == (0, [1])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["care/total"], "Error: 'care/total' is no table or extract; did you mean care/totals"),
        (["care/totals"], "Error: care/totals has no release before the live one; "),
        (["care/totals", "--to", "f00"], "Error: care/totals has no release f00; "),
        (
            ["care/moods", "--partition", DAY, "--all-partitions"],
            "Usage: seniorlink rollback [OPTIONS] KEY\n",
        ),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(home, words, expected):
    home.release(TOTALS, 1)
    before = home.seen(TOTALS)

    result = seniorlink("rollback", *words)

    assert result.exit_code != 0
    assert result.output.startswith(expected)
    assert home.seen(TOTALS) == before
