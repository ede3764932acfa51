"""What the `seniorlink` command does and says, without a single Spark job."""

import hashlib
import os
import shlex
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from click.testing import CliRunner, Result

from seniorlink_assets import cli
from seniorlink_assets.calendar import ZONE
from seniorlink_assets.commands import new
from seniorlink_assets.dagster_home import HomeError, alone_in
from seniorlink_assets.environments import CHECKOUT

SMALL = ("--caregivers", "10", "--days", "2")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    # A space and a quote, for whoever puts paths together.
    home = tmp_path / "Zoë's home"
    monkeypatch.setenv("SENIORLINK_HOME", str(home))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return home


def seniorlink(*words: str) -> Result:
    return CliRunner().invoke(cli.main, words, prog_name="seniorlink")


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(
        b"".join(str(path.relative_to(folder)).encode() + path.read_bytes() for path in files)
    ).hexdigest()


def test_help_has_a_whole_line_for_every_command():
    lines = seniorlink("--help").output.partition("Commands:\n")[2].splitlines()

    commands = [path.stem for path in (CHECKOUT / "seniorlink_assets/commands").glob("[a-z]*.py")]
    assert [line.split()[0] for line in lines] == sorted(commands)
    assert [line for line in lines if not line.endswith(".") or line.endswith("...")] == []


def test_the_command_can_be_run_as_a_module():
    said = subprocess.run(
        [sys.executable, "-m", "seniorlink_assets.cli", "--help"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.startswith("Usage: seniorlink ")


def test_the_same_seed_gives_the_same_bytes(home, tmp_path, monkeypatch):
    first = seniorlink("seed", *SMALL, "--seed", "3")
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "again"))

    again = seniorlink("seed", *SMALL, "--seed", "3")

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.output.startswith("seeded ")
    assert digest(home / "landing") == digest(tmp_path / "again" / "landing")


def test_another_seed_gives_other_bytes(home, tmp_path, monkeypatch):
    seniorlink("seed", *SMALL, "--seed", "3")
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "again"))

    seniorlink("seed", *SMALL, "--seed", "4")

    assert digest(home / "landing") != digest(tmp_path / "again" / "landing")


def test_seed_never_writes_among_files_that_are_there(home):
    seniorlink("seed", *SMALL)
    before = digest(home)

    said = seniorlink("seed", *SMALL, "--seed", "4")

    assert said.exit_code == 1
    assert said.output == (
        f"Error: {home / 'landing'} is not empty: remove it or choose another home.\n"
    )
    assert digest(home) == before


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--first-day", "31/01/2025", "'31/01/2025' is no day; write it as 2025-01-01"),
        ("--first-day", "2025-02-30", "'2025-02-30' is no day; write it as 2025-01-01"),
        ("--first-day", "2024-12-31", "2024-12-31 lies before 2025-01-01"),
        ("--caregivers", "9", "9 is not in the range x>=10"),
        ("--caregivers", "many", "'many' is not a valid integer"),
        ("--days", "0", "0 is not in the range"),
        ("--dirt", "-1", "-1.0 is not in the range"),
    ],
)
def test_a_company_that_cannot_be_is_refused_by_the_option(home, option, value, sentence):
    said = seniorlink("seed", option, value)

    assert said.exit_code == 2
    assert f"Invalid value for '{option}'" in said.output
    assert sentence in said.output
    assert not (home / "landing").exists()


def test_new_writes_the_three_files_of_a_table_and_names_them(tmp_path, monkeypatch):
    declared = tmp_path / "seniorlink_assets" / "defs" / "clinical" / "visits.py"
    declared.parent.mkdir(parents=True)
    declared.write_text("visits = redshift_table()\n")
    monkeypatch.setattr(new, "CHECKOUT", tmp_path)

    said = seniorlink("new", "care/visit_days", "--reads", "clinical/visits")

    paths = [
        "seniorlink_assets/defs/care/visit_days.py",
        "spark/care/visit_days.py",
        "assets_tests/care/test_visit_days.py",
    ]
    assert said.output == "".join(f"wrote {path}\n" for path in paths)
    assert all((tmp_path / path).is_file() for path in paths)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["Care Visits", "--reads", "care/messages"],
            "'Care Visits' is no key; write schema/table in lower case",
        ),
        (["care/visit_days"], "say what care/visit_days reads"),
        (["care/messages", "--reads", "clinical/visits"], "care/messages.py is there already"),
        (["care/visit_days", "--reads", "care/nothing"], "care/nothing is not declared"),
    ],
)
def test_new_refuses_what_is_no_new_table_in_one_sentence(words, sentence):
    said = seniorlink("new", *words)

    assert said.exit_code == 1
    assert sentence in said.output
    assert said.output.startswith("Error: ")
    assert len(said.output.splitlines()) == 1
    assert not (CHECKOUT / "spark" / "care" / "visit_days.py").exists()


def test_env_points_a_shell_to_the_home_whatever_it_is_called(home):
    exports = seniorlink("env").output

    script = f'{exports}\nprintf "%s\\n" "$SENIORLINK_HOME" "$DAGSTER_HOME"'
    said = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)

    assert said.stdout.splitlines() == [str(home), str(home / "dagster")]
    assert (home / "dagster" / "dagster.yaml").is_file()


def test_env_keeps_a_dagster_home_that_is_set(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "mine"))

    exports = seniorlink("env").output

    assert f"export DAGSTER_HOME={shlex.quote(str(tmp_path / 'mine'))}\n" in exports
    assert [*(tmp_path / "mine").iterdir()] == []


def test_query_prints_a_line_per_row_and_nothing_for_null(home):
    home.mkdir()
    duckdb.connect(home / "warehouse.duckdb").close()

    said = seniorlink("query", "SELECT 1, NULL, 'Zoë' UNION ALL SELECT 2, 2.50, '' ORDER BY 1")

    assert said.output == "1\t\tZoë\n2\t2.50\t\n"


def test_query_without_a_warehouse_says_how_to_get_one(home):
    said = seniorlink("query", "SELECT 1")

    assert said.exit_code == 1
    assert said.output == (
        f"Error: {home / 'warehouse.duckdb'} is no warehouse yet; "
        "materialize a table, then ask again\n"
    )
    assert not home.exists()


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELEC 1", "ParserException: Parser Error"),
        ("FROM care.nothing", "CatalogException: Catalog Error"),
        ("CREATE TABLE mine (id INTEGER)", "InvalidInputException"),
        ("SELECT 'Zoë'::INTEGER", "its words may quote a value, so they are not shown"),
    ],
)
def test_sql_that_fails_is_one_sentence_without_a_traceback(home, sql, reason):
    home.mkdir()
    duckdb.connect(home / "warehouse.duckdb").close()

    said = seniorlink("query", sql)

    assert said.exit_code == 1
    assert reason in said.output
    assert said.output.startswith("Error: ")
    assert len(said.output.splitlines()) == 1


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(port):
    said = seniorlink("dev", "--port", port)

    assert said.exit_code == 2
    assert "Invalid value for '--port'" in said.output


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("SENIORLINK_LAUNCHER", "cloud", "SENIORLINK_LAUNCHER is 'cloud'; use local, inline or "),
        ("SENIORLINK_JOBS", "all", "SENIORLINK_JOBS is 'all'; write a number of at least 1"),
        ("SENIORLINK_JOB_CORES", "0", "SENIORLINK_JOB_CORES is '0'; write a number of at least 1"),
        ("DAGSTER_HOME", "dagster", "DAGSTER_HOME is 'dagster'; write an absolute path"),
    ],
)
@pytest.mark.parametrize("command", ["demo", "dev"])
def test_a_setting_that_is_nonsense_is_named_before_anything_is_done(
    home, tmp_path, monkeypatch, command, variable, value, sentence
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, value)

    said = seniorlink(command)

    assert said.exit_code == 1
    assert said.output.startswith(f"Error: {sentence}")
    assert len(said.output.splitlines()) == 1
    assert not (home / "landing").exists()
    assert not (tmp_path / "dagster").exists()


def test_demo_asks_for_no_more_days_than_the_calendar_has(home):
    said = seniorlink("demo", "--days", "3660")

    days = (datetime.now(ZoneInfo(ZONE)).date() - datetime(2025, 1, 1).date()).days  # noqa: DTZ001
    assert said.exit_code == 1
    assert said.output == (
        f"Error: the company's days begin on 2025-01-01; ask for at most --days {days}\n"
    )
    assert not (home / "landing").exists()


def test_demo_leaves_a_landing_alone_of_which_no_day_is_over(home):
    tomorrow = datetime.now(ZoneInfo(ZONE)).date() + timedelta(days=1)
    seniorlink("seed", *SMALL, "--first-day", tomorrow.isoformat())
    before = digest(home / "landing")

    said = seniorlink("demo")

    assert said.exit_code == 1
    assert f"{home / 'landing'} holds no day from 2025-01-01 to yesterday" in said.output
    assert digest(home / "landing") == before


def test_a_second_demo_in_the_same_home_is_refused(home):
    home.mkdir()

    with (
        alone_in(home),
        pytest.raises(HomeError, match=f"process {os.getpid()} brings .* up to date already"),
    ):
        alone_in(home).__enter__()


def test_the_home_is_free_again_when_a_demo_is_over(home):
    home.mkdir()
    with alone_in(home):
        pass

    with alone_in(home):
        assert (home / "demo.lock").read_text() == str(os.getpid())
