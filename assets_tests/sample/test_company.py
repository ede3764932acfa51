"""The sample company is reproducible, consistent when clean, and dirty in every way it promises."""

import csv
import hashlib
import json
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import duckdb
import pytest

from seniorlink_assets.sample.company import seed_company

DAYS = 16
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    landing = tmp_path_factory.mktemp("clean") / "landing"
    seed_company(landing, caregivers=200, days=DAYS, dirt=0)
    return landing


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    landing = tmp_path_factory.mktemp("dirty") / "landing"
    seed_company(landing, caregivers=200, days=DAYS, dirt=5)
    return landing


@pytest.fixture(scope="module")
def company(clean):
    """The clean landing files as tables of text."""
    db = duckdb.connect()
    for name in ("caregivers", "consumers", "enrolments", "care_teams", "programmes"):
        read_csv(db, name, clean / "enrolment" / name)
    for name in ("visits", "claims", "messages", "stipends"):
        read_csv(db, name, *clean.glob(f"*/{name}"))
    db.execute(f"CREATE TABLE notes AS FROM read_json('{clean}/caregiver_app/notes/*/*')")
    db.execute(f"CREATE TABLE assessments AS FROM read_json('{clean}/clinical/assessments/*/*')")
    yield db
    db.close()


def read_csv(db, name, folder):
    files = [str(file) for file in folder.glob("*/*.csv") if file.stat().st_size]
    db.execute(
        f"CREATE TABLE {name} AS FROM read_csv({files}, all_varchar = true, header = true, "
        "delim = ',', quote = '\"', escape = '\"', filename = true)"
    )


def digest(landing):
    files = sorted(file for file in landing.rglob("*") if file.is_file())
    content = [(str(file.relative_to(landing)), file.read_bytes()) for file in files]
    return hashlib.sha256(repr(content).encode()).hexdigest()


def lines_of(landing, path, file="*"):
    """Day and line of every record of a set, without headers."""
    for found in sorted((landing / path).glob(f"*/{file}")):
        lines = found.read_text("utf-8", errors="replace").split("\n")
        for line in lines[found.suffix == ".csv" :]:
            if line:
                yield found.parent.name, line


def fields_of(landing, path):
    for day, line in lines_of(landing, path):
        yield day, next(csv.reader([line]))


def notes_of(landing):
    for day, line in lines_of(landing, "caregiver_app/notes"):
        try:
            yield day, json.loads(line)
        except json.JSONDecodeError:
            continue


def new_york_day(moment):
    return datetime.fromisoformat(moment).astimezone(NEW_YORK).date().isoformat()


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    seed_company(tmp_path / "one", caregivers=30, days=4)
    seed_company(tmp_path / "two", caregivers=30, days=4)

    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_another_seed_gives_other_bytes(tmp_path):
    seed_company(tmp_path / "one", caregivers=30, days=4, seed=1)
    seed_company(tmp_path / "two", caregivers=30, days=4, seed=2)

    assert digest(tmp_path / "one") != digest(tmp_path / "two")


def test_the_report_counts_what_lies_in_the_landing_folder(tmp_path):
    landing = tmp_path / "landing"

    report = seed_company(landing, caregivers=30, days=4)

    files = [file for file in landing.rglob("*") if file.is_file()]
    sets = {folder.relative_to(landing) for folder in landing.glob("*/*")}
    assert report.files == len(files)
    assert report.bytes == sum(file.stat().st_size for file in files)
    assert report.rows == sum(len(list(lines_of(landing, path))) for path in sets)


def test_only_the_landing_folder_and_its_parameters_are_left(tmp_path):
    seed_company(tmp_path / "landing", caregivers=30, days=2, dirt=0.5)

    assert {path.name for path in tmp_path.iterdir()} == {"landing", "seed.json"}
    assert json.loads((tmp_path / "seed.json").read_text()) == {
        "caregivers": 30,
        "days": 2,
        "first_day": "2025-01-01",
        "seed": 7,
        "dirt": 0.5,
    }


def test_a_landing_folder_with_files_is_refused(tmp_path):
    (tmp_path / "keep").touch()

    with pytest.raises(FileExistsError, match="is not empty"):
        seed_company(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["keep"]


def test_an_empty_landing_folder_is_filled(tmp_path):
    landing = tmp_path / "landing"
    landing.mkdir()

    seed_company(landing, caregivers=10, days=1)

    assert len(list(landing.glob("*/*/2025-01-01"))) == 12


@pytest.mark.parametrize(
    "bad", [{"caregivers": 9}, {"days": 0}, {"dirt": -0.1}, {"dirt": 101}, {"dirt": float("nan")}]
)
def test_a_company_that_cannot_be_is_refused(tmp_path, bad):
    with pytest.raises(ValueError, match="not "):
        seed_company(tmp_path / "landing", **bad)

    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_an_os_error(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match="file"):
        seed_company(tmp_path / "file" / "landing")


def test_every_set_has_a_folder_for_every_day(dirty):
    folders = list(dirty.glob("*/*/*"))

    assert len(list(dirty.glob("*/*"))) == 12
    assert {folder.name for folder in folders} == {f"2025-01-{day:02}" for day in range(1, 17)}
    assert len(folders) == 12 * DAYS


@pytest.mark.parametrize(
    ("path", "per_caregiver"),
    [
        ("caregiver_app/notes", 0.8),
        ("caregiver_app/messages", 6),
        ("clinical/visits", 0.15),
        ("clinical/assessments", 0.05),
        ("billing/claims", 1.0),
    ],
)
def test_a_daily_set_is_about_as_large_as_promised(clean, path, per_caregiver):
    daily = len(list(lines_of(clean, path))) / DAYS

    assert daily == pytest.approx(200 * per_caregiver, rel=0.1)


def test_enrolment_lands_everybody_first_and_changes_afterwards(clean):
    landed = [day for day, _ in lines_of(clean, "enrolment/caregivers")]

    assert landed.count("2025-01-01") == 200
    assert 0 < len(landed) - 200 < 100


def test_records_refer_to_records_that_exist(company):
    orphans = {
        f"{child}.{key}": company.execute(
            f"SELECT count(*) FROM {child} WHERE {key}::VARCHAR NOT IN (SELECT {key} FROM {parent})"
        ).fetchone()[0]
        for child, key, parent in [
            ("consumers", "caregiver_id", "caregivers"),
            ("enrolments", "consumer_id", "consumers"),
            ("enrolments", "programme_code", "programmes"),
            ("care_teams", "caregiver_id", "caregivers"),
            ("notes", "caregiver_id", "caregivers"),
            ("messages", "caregiver_id", "caregivers"),
            ("messages", "care_team_id", "care_teams"),
            ("visits", "consumer_id", "consumers"),
            ("visits", "caregiver_id", "caregivers"),
            ("assessments", "consumer_id", "consumers"),
            ("claims", "enrolment_id", "enrolments"),
            ("claims", "consumer_id", "consumers"),
            ("stipends", "caregiver_id", "caregivers"),
        ]
    }

    assert {name for name, count in orphans.items() if count} == set()


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("notes", "note_id"),
        ("messages", "message_id"),
        ("visits", "visit_id"),
        ("assessments", "assessment_id"),
        ("claims", "claim_id"),
    ],
)
def test_clean_records_are_unique(company, table, key):
    rows, keys = company.execute(f"SELECT count(*), count(DISTINCT {key}) FROM {table}").fetchone()

    assert rows == keys


def test_clean_values_have_their_types(company):
    company.execute("SELECT sent_at::TIMESTAMP, body_characters::INT FROM messages").fetchall()
    company.execute("SELECT visited_at::TIMESTAMP, minutes::INT FROM visits").fetchall()
    company.execute("SELECT service_on::DATE, units::INT, amount_usd::DECIMAL FROM claims")
    moods = company.execute("SELECT DISTINCT mood::INT FROM notes ORDER BY ALL").fetchall()

    assert moods == [(1,), (2,), (3,), (4,), (5,), (None,)]


def test_clean_days_have_one_complete_file_per_set(clean):
    files = [file for file in clean.rglob("*") if file.is_file()]

    assert len(files) == 12 * DAYS
    assert all(file.read_bytes().decode("utf-8")[-1:] in ("", "\n") for file in files)


@pytest.mark.parametrize(
    ("path", "column"), [("caregiver_app/messages", 5), ("clinical/visits", 4)]
)
def test_a_clean_moment_falls_on_the_new_york_day_of_its_folder(clean, path, column):
    strays = [
        fields for day, fields in fields_of(clean, path) if new_york_day(fields[column]) != day
    ]

    assert strays == []


def test_a_clean_note_belongs_to_the_day_of_its_folder(clean):
    strays = [
        note
        for day, note in notes_of(clean)
        if not note["noted_on"] == new_york_day(note["revised_at"]) == day
    ]

    assert strays == []


def test_days_on_which_clocks_change_keep_their_messages(tmp_path):
    seed_company(tmp_path / "landing", caregivers=50, days=3, first_day=date(2025, 3, 8), dirt=0)

    for day, fields in fields_of(tmp_path / "landing", "caregiver_app/messages"):
        assert new_york_day(fields[5]) == day


def test_sleep_is_asked_for_from_the_middle_day_on(clean):
    asked = {day: set() for day, _ in notes_of(clean)}
    for day, note in notes_of(clean):
        asked[day].add("sleep_hours" in note)

    assert [asked[day] for day in sorted(asked)] == [{False}] * 8 + [{True}] * 8


def test_an_assessment_holds_a_score_for_every_question(clean):
    assessments = [
        json.loads(line) for _, line in lines_of(clean, "clinical/assessments", "*.jsonl")
    ]

    questions = {"adl": 6, "phq2": 2, "zarit": 12}
    for assessment in assessments:
        numbers = [answer["question"] for answer in assessment["answers"]]
        assert numbers == list(range(1, questions[assessment["form"]] + 1))
    assert any("comment" in answer for found in assessments for answer in found["answers"])


def test_teams_answer_within_hours_or_the_next_morning(company):
    waits = company.execute("""
        SELECT date_diff('second', asked_at, sent_at) AS wait
        FROM (
            SELECT sender_role, sent_at::TIMESTAMP AS sent_at,
                   lag(sent_at::TIMESTAMP) OVER thread AS asked_at,
                   lag(sender_role) OVER thread AS asked_by
            FROM messages
            WINDOW thread AS (PARTITION BY thread_id ORDER BY sent_at, message_id::BIGINT)
        )
        WHERE sender_role = 'care_team' AND asked_by = 'caregiver'
        ORDER BY wait
    """).fetchall()

    median, longest = waits[len(waits) // 2][0], waits[-1][0]
    assert 600 < median < 2 * 3600
    assert 8 * 3600 < longest < 24 * 3600


def test_a_claim_is_mostly_the_daily_rate_for_each_unit(company):
    (share,) = company.execute("""
        SELECT avg((amount_usd::DECIMAL(10, 2) = units::INT * daily_rate_usd::DECIMAL(10, 2))::INT)
        FROM claims JOIN programmes USING (programme_code)
    """).fetchone()

    assert 0.9 < share < 1


def test_a_stipend_is_corrected_under_its_own_id(company):
    corrected = company.execute("""
        SELECT count(*) FROM stipends AS later JOIN stipends AS first USING (stipend_id, month)
        WHERE later.revision = '2' AND first.revision = '1' AND later.paid_at > first.paid_at
    """).fetchone()[0]

    assert (
        corrected
        == company.execute("SELECT count(*) FROM stipends WHERE revision = '2'").fetchone()[0]
    )
    assert corrected > 0


def test_some_caregivers_move_twice_on_one_day(tmp_path):
    seed_company(tmp_path / "landing", caregivers=1000, days=12, dirt=0)
    moves = {}
    for day, fields in fields_of(tmp_path / "landing", "enrolment/caregivers"):
        moves.setdefault((fields[0], day), []).append((fields[9], fields[5]))

    twice = [sorted(versions) for versions in moves.values() if len(versions) > 1]

    assert any(
        earlier[0] < later[0] and earlier[1] != later[1]
        for versions in twice
        for earlier, later in pairwise(versions)
    )


def test_names_are_of_many_alphabets_and_fields_are_quoted(clean):
    content = "\n".join(line for _, line in lines_of(clean, "enrolment/caregivers"))

    assert not content.isascii()
    assert ', RN",' in content
    assert '""Bill""' in content


@pytest.mark.parametrize(
    "path", ["caregiver_app/notes", "caregiver_app/messages", "billing/claims"]
)
def test_some_lines_are_repeated(dirty, path):
    lines = list(lines_of(dirty, path))

    assert len(set(lines)) < len(lines)


def test_some_notes_are_revised_later_on_their_day(dirty):
    revisions = {}
    for day, note in notes_of(dirty):
        revisions.setdefault((day, note["note_id"]), set()).add(note["revised_at"])

    assert any(len(moments) == 2 for moments in revisions.values())


def test_some_messages_come_late_in_a_file_of_their_own(dirty):
    late = {day for day, _ in lines_of(dirty, "caregiver_app/messages", "messages-late.csv")}

    assert len(late) == 15
    assert [file.parent.parent.name for file in dirty.rglob("*-late.*")] == ["messages"] * 15


@pytest.mark.parametrize(("path", "column"), [("caregiver_app/messages", 5), ("billing/claims", 4)])
def test_some_dates_are_none(dirty, path, column):
    dates = {fields[column] for _, fields in fields_of(dirty, path) if len(fields) > column}

    assert {"2026-02-31", "31/01/2026", ""} & dates


def test_some_notes_have_no_real_date(dirty):
    dates = {note["noted_on"] for _, note in notes_of(dirty)}

    assert {"2026-02-31", "31/01/2026", ""} & dates


def test_some_values_are_of_the_wrong_type(dirty):
    claims = [fields for _, fields in fields_of(dirty, "billing/claims") if len(fields) == 9]

    assert "good" in {note["mood"] for _, note in notes_of(dirty)}
    assert "two" in {fields[6] for fields in claims}
    assert "12,50" in {fields[7] for fields in claims}


@pytest.mark.parametrize("path", ["billing/claims", "enrolment/enrolments"])
def test_some_programme_codes_are_unknown(dirty, path):
    codes = {fields[3] for _, fields in fields_of(dirty, path) if len(fields) > 3}

    assert {"XXX", "sfc "} & codes


def test_some_notes_belong_to_another_day(dirty):
    strays = [note for day, note in notes_of(dirty) if "2024-12" < note["noted_on"] < day]

    assert strays


def test_some_messages_belong_to_another_day(dirty):
    sent = [
        (day, fields[5])
        for day, fields in fields_of(dirty, "caregiver_app/messages")
        if len(fields) > 5
    ]

    assert any(len(moment) == 20 and new_york_day(moment) < day for day, moment in sent)


def test_some_lines_are_broken(dirty):
    widths = {len(fields) for _, fields in fields_of(dirty, "caregiver_app/messages")}
    notes = list(lines_of(dirty, "caregiver_app/notes"))

    assert min(widths) < 8 < max(widths)
    assert len(list(notes_of(dirty))) < len(notes)


def test_some_files_are_not_utf8(dirty):
    broken = []
    for file in dirty.rglob("*.*"):
        try:
            file.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            broken.append(file)

    assert 5 < len(broken) <= 25


@pytest.mark.parametrize("file", ["messages.csv", "notes.jsonl"])
def test_a_file_ends_in_the_middle_of_a_line(dirty, file):
    ends = [found.read_bytes()[-1:] for found in dirty.rglob(file)]

    assert 1 <= sum(end != b"\n" for end in ends) <= 5


def test_some_files_are_empty_and_others_hold_a_header_only(dirty):
    stipends = dirty / "billing/stipends/2025-01-02/stipends.csv"
    sunday = dirty / "clinical/assessments/2025-01-05/assessments.jsonl"
    programmes = dirty / "enrolment/programmes/2025-01-02/programmes.csv"

    assert stipends.read_bytes() == sunday.read_bytes() == b""
    assert programmes.read_text() == "programme_code,name,payer,daily_rate_usd,valid_from\n"


def test_some_notes_are_by_caregivers_nobody_knows(dirty):
    known = {int(fields[0]) for _, fields in fields_of(dirty, "enrolment/caregivers")}

    assert {note["caregiver_id"] for _, note in notes_of(dirty)} - known
