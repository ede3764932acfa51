"""The whole catalogue, computed for a small company from its landing files to the extracts."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from tableauhyperapi import Connection, HyperProcess, Telemetry

from assets_tests.landing_lines import create_table, lines_of
from assets_tests.launchers.pools import keepers, keepers_end
from assets_tests.launchers.processes import ends
from seniorlink_assets.catalogue import Declared, tables
from seniorlink_assets.definitions import definitions
from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.lake import Lake
from seniorlink_assets.storage.disk import DiskStorage
from spark.contract import WHOLE, LandingSet

pytestmark = pytest.mark.minutes

FIRST, LAST, NEW = "2025-02-27", "2025-03-12", "2025-03-13"
"""Two months, three ISO weeks, and the change of the clock on 2025-03-09."""

definitions()  # declares the catalogue
TABLES = sorted((table for table in tables() if table.root == CHECKOUT), key=lambda t: t.key)
EXTRACTS = [table for table in TABLES if table.contract.kind == "extract"]
LANDING = {
    given.key: given
    for table in TABLES
    for given in table.inputs.values()
    if isinstance(given, LandingSet)
}
READERS = [
    table
    for table in TABLES
    if any(isinstance(given, LandingSet) for given in table.inputs.values())
]


def key_of(table: Declared) -> str:
    return table.key


@dataclass(frozen=True)
class Home:
    """A home of `seniorlink`, and the newest day of its company, which has not landed yet."""

    folder: Path
    held_back: Path

    @property
    def lake(self) -> Lake:
        return Lake(DiskStorage(self.folder / "lake"))

    @property
    def variables(self) -> dict[str, str]:
        return {
            **os.environ,
            "SENIORLINK_HOME": str(self.folder),
            "DAGSTER_HOME": str(self.folder / "dagster"),
            "SENIORLINK_JOBS": "2",
            "SENIORLINK_JOB_CORES": "1",
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=CHECKOUT,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*words)
        out, err = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def demo(self) -> subprocess.CompletedProcess[str]:
        return self.run("seniorlink_assets.cli", "demo")

    def land_new_day(self) -> None:
        shutil.copytree(self.held_back, self.folder / "landing", dirs_exist_ok=True)

    def take_back_new_day(self) -> None:
        for folder in (self.folder / "landing").glob(f"*/*/{NEW}"):
            shutil.rmtree(folder)

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(self.folder / "warehouse.duckdb", read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def attempts(self, key: str) -> list[Path]:
        return [*(self.folder / "lake" / "jobs" / key).iterdir()]

    def state(self) -> dict[str, object]:
        """All that readers can see, and when it was written."""
        files = [
            *(self.folder / "lake" / "published").rglob("*.json"),
            *(self.folder / "extracts").rglob("*.hyper"),
            *(self.folder / "extracts" / ".releases").iterdir(),
        ]
        return {
            **{str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files},
            **{
                table.key: sorted(self.query(f"SELECT t::VARCHAR FROM {sql_name(table)} AS t"))
                for table in TABLES
                if table.contract.kind == "table"
            },
            "releases": self.query("FROM seniorlink.releases ORDER BY ALL"),
        }


def sql_name(table: Declared) -> str:
    return table.key.replace("/", ".")


@pytest.fixture(scope="module")
def first_run(tmp_path_factory) -> Iterator[tuple[Home, subprocess.CompletedProcess[str]]]:
    folder = tmp_path_factory.mktemp("company")
    home = Home(folder / "home", folder / "held_back")
    seeded = home.run(
        *("seniorlink_assets.cli", "seed", "--caregivers", "150", "--days", "15"),
        *("--first-day", FIRST, "--seed", "11", "--dirt", "2"),
    )
    assert seeded.returncode == 0, seeded.stderr
    landing = home.folder / "landing"
    for day in landing.glob(f"*/*/{NEW}"):
        place = home.held_back / day.relative_to(landing)
        place.parent.mkdir(parents=True)
        day.rename(place)
    with keepers_end(home.folder / "jvms"):
        yield home, home.demo()


@pytest.fixture
def home(first_run) -> Home:
    """The company after its first run, to look at."""
    return first_run[0]


@pytest.fixture
def own_home(home, tmp_path) -> Iterator[Home]:
    """The company after its first run, to change."""
    ignored = shutil.ignore_patterns("dagster", "jvms")
    shutil.copytree(home.folder, tmp_path / "home", ignore=ignored)
    with keepers_end(tmp_path / "home" / "jvms"):
        yield Home(tmp_path / "home", home.held_back)


@pytest.fixture(scope="module")
def by_hand(first_run) -> duckdb.DuckDBPyConnection:
    """The landing files as tables of text, and the few views of them that all marts need."""
    connection = duckdb.connect()
    for landing in LANDING.values():
        create_table(connection, first_run[0].folder, landing)
    connection.execute(VIEWS)
    return connection


VIEWS = r"""
SET TimeZone = 'UTC';
CREATE MACRO moment(text) AS
    CASE WHEN regexp_matches(text, '^\d{4}-\d{2}-\d{2}T') THEN try_cast(text AS TIMESTAMP) END;
CREATE MACRO day_of(text) AS
    CASE WHEN regexp_matches(text, '^\d{4}-\d{2}-\d{2}$') THEN try_cast(text AS DATE) END;
CREATE MACRO usd(text) AS
    CASE WHEN regexp_matches(text, '^-?\d+(\.\d{1,2})?$') THEN text::DECIMAL(12, 2) END;
CREATE MACRO new_york_day(utc) AS
    timezone('America/New_York', timezone('UTC', utc))::DATE;
CREATE MACRO monday(day) AS (day - (isodow(day) - 1)::INTEGER)::DATE;
CREATE MACRO month_of(day) AS make_date(year(day), month(day), 1);

CREATE VIEW notes AS
SELECT note_id, caregiver_id::BIGINT AS caregiver_id, day::DATE AS day,
       try_cast(mood AS SMALLINT) AS mood, moment(revised_at) AS revised_at
FROM caregiver_app_notes
WHERE noted_on = day AND moment(revised_at) IS NOT NULL
  AND (mood IS NULL OR try_cast(mood AS SMALLINT) IS NOT NULL)
QUALIFY row_number() OVER (PARTITION BY day, note_id ORDER BY moment(revised_at) DESC) = 1;

CREATE VIEW messages AS
SELECT DISTINCT message_id::BIGINT AS message_id, thread_id::BIGINT AS thread_id, sender_role,
       caregiver_id::BIGINT AS caregiver_id, care_team_id::BIGINT AS care_team_id,
       moment(sent_at) AS sent_at, day::DATE AS day
FROM caregiver_app_messages
WHERE new_york_day(moment(sent_at)) = day::DATE AND channel IN ('app', 'sms', 'phone');

CREATE VIEW visits AS
SELECT caregiver_id::BIGINT AS caregiver_id, day::DATE AS day
FROM clinical_visits
WHERE outcome = 'done' AND new_york_day(moment(visited_at)) = day::DATE;

CREATE VIEW claims AS
SELECT DISTINCT claim_id, enrolment_id::BIGINT AS enrolment_id, programme_code,
       day_of(service_on) AS service_on, units::INTEGER AS units, usd(amount_usd) AS amount_usd,
       status
FROM billing_claims
WHERE billed_on = day AND day_of(service_on) IS NOT NULL AND usd(amount_usd) IS NOT NULL
  AND try_cast(units AS INTEGER) IS NOT NULL
  AND programme_code IN (SELECT programme_code FROM enrolment_programmes);

CREATE VIEW enrolments AS
SELECT enrolment_id::BIGINT AS enrolment_id, caregiver_id::BIGINT AS caregiver_id, programme_code,
       started_on::DATE AS started_on, ended_on::DATE AS ended_on
FROM enrolment_enrolments
WHERE programme_code IN (SELECT programme_code FROM enrolment_programmes)
  AND consumer_id IN (SELECT consumer_id FROM enrolment_consumers)
QUALIFY row_number() OVER (PARTITION BY enrolment_id ORDER BY moment(updated_at) DESC) = 1;

CREATE VIEW stipends AS
SELECT caregiver_id::BIGINT AS caregiver_id, (month || '-01')::DATE AS month,
       usd(amount_usd) AS amount_usd
FROM billing_stipends
QUALIFY row_number() OVER (PARTITION BY stipend_id ORDER BY revision::INTEGER DESC) = 1;
"""

MARTS = {
    "finance.programme_costs": """
        SELECT programme_code, month,
               (SELECT count(*) FROM claims AS c
                WHERE c.programme_code = p.programme_code AND month_of(service_on) = month),
               (SELECT coalesce(sum(units), 0) FROM claims AS c
                WHERE c.programme_code = p.programme_code AND month_of(service_on) = month),
               (SELECT coalesce(sum(amount_usd), 0) FROM claims AS c
                WHERE c.programme_code = p.programme_code AND month_of(service_on) = month),
               (SELECT coalesce(sum(amount_usd), 0) FROM claims AS c
                WHERE c.programme_code = p.programme_code AND month_of(service_on) = month
                  AND status = 'denied')
        FROM (SELECT DISTINCT programme_code FROM enrolment_programmes) AS p,
             (SELECT DISTINCT month_of(unnest(generate_series(
                  (SELECT min(service_on) FROM claims), (SELECT max(service_on) FROM claims),
                  INTERVAL 1 DAY))::DATE) AS month)
    """,
    "finance.caregiver_payments": """
        WITH entries AS (
            SELECT caregiver_id, month, amount_usd AS stipend_usd, 0 AS claims, 0 AS claims_usd
            FROM stipends
            UNION ALL
            SELECT caregiver_id, month_of(service_on), 0, 1, amount_usd
            FROM claims JOIN enrolments USING (enrolment_id) WHERE status <> 'denied'
        )
        SELECT caregiver_id, month, sum(stipend_usd), sum(claims), sum(claims_usd)
        FROM entries GROUP BY ALL
    """,
    "engagement.weekly_engagement": """
        WITH events AS (
            SELECT caregiver_id, day, 'note' AS event FROM notes
            UNION ALL SELECT caregiver_id, day, sender_role FROM messages
            UNION ALL SELECT caregiver_id, day, 'visit' FROM visits
        ),
        moods AS (
            SELECT caregiver_id, day, arg_max(mood, revised_at) AS mood FROM notes
            WHERE mood IS NOT NULL GROUP BY ALL
        )
        SELECT caregiver_id, monday(day) AS week,
               count(DISTINCT day) FILTER (event <> 'care_team'),
               count(*) FILTER (event = 'note'),
               count(*) FILTER (event = 'caregiver'),
               count(*) FILTER (event = 'care_team'),
               count(*) FILTER (event = 'visit'),
               (SELECT avg(mood) FROM moods
                WHERE moods.caregiver_id = events.caregiver_id AND monday(moods.day) = week)
        FROM events
        GROUP BY caregiver_id, week
    """,
    "engagement.response_times": """
        WITH questions AS (
            SELECT *, (SELECT min(sent_at) FROM messages AS answer
                       WHERE answer.thread_id = question.thread_id
                         AND answer.sender_role = 'care_team'
                         AND (answer.sent_at, answer.message_id)
                             > (question.sent_at, question.message_id)) AS answered_at
            FROM messages AS question
            WHERE sender_role = 'caregiver' AND (
                SELECT coalesce(arg_max(sender_role, (sent_at, message_id)), 'care_team')
                FROM messages AS before
                WHERE before.thread_id = question.thread_id
                  AND (before.sent_at, before.message_id) < (question.sent_at, question.message_id)
            ) = 'care_team'
        )
        SELECT care_team_id, monday(day), count(DISTINCT thread_id), count(*), count(answered_at),
               quantile_cont(epoch(answered_at - sent_at) / 60, 0.5),
               quantile_cont(epoch(answered_at - sent_at) / 60, 0.9)
        FROM questions GROUP BY ALL
    """,
    "outcomes.wellbeing_by_month": """
        WITH placed AS (
            SELECT month_of(day) AS month, caregiver_id, mood,
                   (SELECT programme_code FROM enrolments AS e
                    WHERE e.caregiver_id = notes.caregiver_id AND started_on <= day
                      AND (ended_on IS NULL OR day <= ended_on)
                    ORDER BY started_on DESC, enrolment_id DESC LIMIT 1) AS programme_code
            FROM notes
        )
        SELECT programme_code, month, count(DISTINCT caregiver_id), count(*), avg(mood),
               count(*) FILTER (mood IN (1, 2)) / count(mood)
        FROM placed WHERE programme_code IS NOT NULL GROUP BY ALL
    """,
}
"""What the declarations say of each mart, in other words than its job."""


def test_the_first_run_brings_everything_up_to_date(first_run):
    _, demo = first_run

    last_line = demo.stdout.splitlines()[-1]

    assert re.fullmatch(r"assets: 29 fresh, 0 failed; spark jobs: 29; seconds: \d+", last_line), (
        demo.stdout + demo.stderr
    )
    assert demo.returncode == 0


def test_the_output_counts_the_assets_and_nothing_else_is_said_while_they_are_made(first_run):
    _, demo = first_run

    counted = re.findall(r"^\[(\d+)/29\] ([a-z_]+/[a-z_]+) is up to date$", demo.stdout, re.M)

    assert [int(number) for number, _ in counted] == [*range(1, 30)]
    assert {key for _, key in counted} == {table.key for table in TABLES}
    assert demo.stderr == ""


def test_a_second_run_starts_no_spark_and_changes_nothing(home):
    before = home.state()

    demo = home.demo()

    assert "assets: 29 fresh, 0 failed; spark jobs: 0; " in demo.stdout.splitlines()[-1]
    assert home.state() == before


@pytest.mark.parametrize("table", [table for table in TABLES if table not in EXTRACTS], ids=key_of)
def test_a_table_has_the_columns_of_its_contract(home, table):
    contract = table.contract

    columns = home.query(
        "SELECT column_name, data_type, NOT is_nullable FROM duckdb_columns() "
        f"WHERE schema_name = '{contract.schema}' AND table_name = '{contract.name}' "
        "ORDER BY column_index"
    )

    assert [(name, kind.lower(), required) for name, kind, required in columns] == [
        (column.name, column.parsed.duckdb, not column.nullable) for column in contract.columns
    ]


@pytest.mark.parametrize("table", READERS, ids=key_of)
def test_every_landing_line_is_a_row_a_reject_or_dropped_for_a_reason(home, table):
    (landing,) = (given for given in table.inputs.values() if isinstance(given, LandingSet))
    folders = {path.name: path for path in (home.folder / landing.folder).iterdir()}
    lines = {day: len([*lines_of(path, landing)]) for day, path in folders.items()}
    if table.contract.partition_by is None:
        lines = {WHOLE: sum(lines.values())}

    manifests = {
        partition: home.lake.snapshot(pointer.place).manifest
        for partition, pointer in home.lake.all_published(table.key).items()
    }

    assert sum(lines.values()) > 0
    assert {
        partition: manifest.rows + manifest.rejects + sum(manifest.drops.values())
        for partition, manifest in manifests.items()
    } == lines


def test_there_is_dirt_to_account_for(home):
    published = [
        home.lake.snapshot(pointer.place).manifest
        for table in READERS
        for pointer in home.lake.all_published(table.key).values()
    ]

    reasons = {reason for manifest in published for reason in manifest.reject_reasons}
    drops = {reason for manifest in published for reason in manifest.drops}

    assert {"is not UTF-8", "is not a JSON object", "is not a line of 8 fields"} <= reasons
    assert {"programme is unknown", "mood is not a smallint"} <= reasons
    assert {"same line again", "older revision", "older version", "address unchanged"} <= drops


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_holds_what_its_declaration_says_of_the_landing_files(home, by_hand, mart):
    expected = by_hand.execute(f"SELECT * FROM ({MARTS[mart]}) ORDER BY 1, 2").fetchall()

    found = home.query(f"FROM {mart} ORDER BY 1, 2")

    assert len(found) > 5
    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert [
        (row[:2], name, value, wanted)
        for row, by_itself in zip(found, expected, strict=True)
        for name, value, wanted in zip(columns_of(mart), row, by_itself, strict=True)
        if not is_rounded(value, wanted)
    ] == []


def columns_of(mart: str) -> tuple[str, ...]:
    return next(table.contract.column_names for table in TABLES if sql_name(table) == mart)


def is_rounded(value: object, exact: object) -> bool:
    """Whether a value is what an exact one becomes in a column of so many decimals."""
    if isinstance(value, Decimal) and exact is not None:
        half = Decimal("0.500001").scaleb(int(value.as_tuple().exponent))
        return abs(value - Decimal(exact)) <= half
    return value == exact


def numbers(values: tuple) -> list[float | None]:
    return [None if value is None else float(value) for value in values]


SHOWN = {
    "care_team_responsiveness": ("engagement.response_times", "threads, questions, answered"),
    "caregiver_engagement": ("engagement.weekly_engagement", "active_days, notes, visits"),
    "consumer_outcomes": ("outcomes.assessment_changes", "assessments, score_change"),
    "programme_finances": ("finance.programme_costs", "claims, units, amount_usd, denied_usd"),
    "wellbeing": ("outcomes.wellbeing_by_month", "caregivers, notes, mean_mood, hard_share"),
}
"""The mart that each extract shows row by row, and figures that both have."""


@pytest.fixture(scope="module")
def hyper(tmp_path_factory):
    logs = str(tmp_path_factory.mktemp("hyper"))
    with HyperProcess(
        Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU,
        parameters={"log_config": "", "log_dir": logs},
    ) as process:
        yield process


@pytest.mark.parametrize("table", EXTRACTS, ids=key_of)
def test_an_extract_shows_every_row_of_its_mart(home, hyper, tmp_path, table):
    name = table.contract.name
    mart, columns = SHOWN[name]
    sums = ", ".join(f"sum({column})" for column in columns.split(", "))
    copy = shutil.copy(home.folder / "extracts" / f"{name}.hyper", tmp_path)

    with Connection(hyper.endpoint, copy) as connection:
        (found,) = connection.execute_list_query(
            f'SELECT count(*), {sums} FROM "Extract"."Extract"'
        )

    (expected,) = home.query(f"SELECT count(*), {sums} FROM {mart}")
    assert numbers(found) == pytest.approx(numbers(expected), abs=1e-6)
    assert found[0] > 5


def test_only_the_day_that_is_new_is_computed(own_home):
    key = "care/daily_notes"
    before, attempts = own_home.lake.all_published(key), own_home.attempts(key)
    own_home.land_new_day()
    own_home.run("seniorlink_assets.cli", "env")

    run = own_home.run(
        *("dagster", "asset", "materialize", "-m", "seniorlink_assets.definitions"),
        *("--select", key, "--partition-range", f"{FIRST}...{NEW}"),
    )

    assert run.returncode == 0, run.stderr
    after = dict(own_home.lake.all_published(key))
    new = after.pop(NEW)
    assert after == before
    assert len(own_home.attempts(key)) == len(attempts) + 1
    assert own_home.query(f"SELECT count(*) FROM care.daily_notes WHERE noted_on = '{NEW}'") == [
        (new.rows,)
    ]


def test_a_failure_costs_the_failed_asset_and_what_lies_below_it(own_home):
    team = own_home.query("FROM enrolment.care_teams ORDER BY ALL")
    spoilt = own_home.folder / "landing" / "enrolment" / "care_teams" / LAST / "care_teams.csv"
    spoilt.write_bytes(b"\x1f\x8b\x08\x00 an archive under the name of a table")

    demo = own_home.demo()

    assert demo.returncode == 1
    assert re.fullmatch(
        r"assets: 25 fresh, 4 failed; spark jobs: 1; seconds: \d+", demo.stdout.splitlines()[-1]
    )
    assert (
        "\nenrolment/care_teams: landing/enrolment/care_teams/2025-03-12/care_teams.csv is a gzip "
        "archive, not csv; have the source system send it again\n" in demo.stdout
    )
    states = dict(
        re.findall(r"^([a-z_]+/[a-z_]+) .* (unchanged|failed|not run) *$", demo.stdout, re.M)
    )
    assert len(states) == 29
    assert {key: state for key, state in states.items() if state != "unchanged"} == {
        "enrolment/care_teams": "failed",
        "engagement/silent_caregivers": "not run",
        "tableau/care_team_responsiveness": "not run",
        "tableau/caregiver_engagement": "not run",
    }
    assert len(re.findall(r"^\[\d+/29\] ", demo.stdout, re.M)) == 29
    assert "tableau/caregiver_engagement is not run, for enrolment/care_teams failed" in demo.stdout
    assert own_home.query("FROM enrolment.care_teams ORDER BY ALL") == team


def test_ctrl_c_ends_the_run_and_its_jobs_and_the_next_one_goes_on(own_home):
    own_home.land_new_day()
    demo = own_home.start("seniorlink_assets.cli", "demo")
    assert demo.stdout is not None
    assert any(line.startswith("[1/29]") for line in demo.stdout)
    running = processes_of(own_home)

    os.killpg(demo.pid, signal.SIGINT)  # as a terminal does it
    _, said = demo.communicate()

    assert demo.returncode == 130
    assert said == "Stopped; the same command goes on from here.\n"
    assert len(running) > 2
    kept = keepers(own_home.folder / "jvms")
    assert len(kept) == 1
    assert all(ends(process) for process in {*running} - {*kept})
    with dg.DagsterInstance.from_config(str(own_home.folder / "dagster")) as instance:
        (stopped,) = instance.get_runs()
        assert stopped.status == dg.DagsterRunStatus.CANCELED
        slots = instance.event_log_storage.get_concurrency_info("spark")
        assert (slots.active_slot_count, slots.pending_step_count) == (0, 0)
    own_home.take_back_new_day()
    assert own_home.demo().stdout.splitlines()[-1].startswith("assets: 29 fresh, 0 failed; ")


def processes_of(home: Home) -> list[int]:
    """The demo, its steps, their Spark jobs and JVMs."""
    variable = f"SENIORLINK_HOME={home.folder}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if variable in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:  # it has ended meanwhile, or is another user's
            continue
    return found
