"""How many requests it takes to say what is wrong with years of days in a bucket."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date

import pytest

from assets_tests.doubles.aws.running import Double
from assets_tests.recovery.years import MOODS, NOTES, SMOOTH, TABLES, TOTALS, Years, days_from
from seniorlink_assets.ledger import Entry, Failed
from seniorlink_assets.recovery.recover import Done, fewest_spark_jobs
from seniorlink_assets.recovery.runs import Run
from seniorlink_assets.releases.history import releases
from seniorlink_assets.releases.retention import collect
from seniorlink_assets.releases.rollback_plan import moves_back, with_readers

DAYS = days_from(date(2015, 1, 1), 1100)
UNKNOWN = days_from(date(2020, 1, 1), 300)
"""Days on which nothing has landed."""

PAGES = 2
"""Of a listing with a name for each of the days; one with all that is in a snapshot has twice."""


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Years]:
    """A bucket that nobody changes, of which everything was read once."""
    folder = tmp_path_factory.mktemp("years")
    with Double(folder / "aws") as double:
        double.reset()
        found = Years(double, folder / "home", DAYS)
        found.plan()
        yield found


def test_what_is_up_to_date_takes_listings_and_indexes_only(years):
    with years.counted() as asked:
        found = years.plan()

    assert found.findings == []
    assert asked == {"ListObjectsV2": asked["ListObjectsV2"], "GetObject": asked["GetObject"]}
    assert asked["GetObject"] <= 6 * len(TABLES)
    assert asked["ListObjectsV2"] <= 6 * PAGES * len(TABLES)


def test_days_that_wait_take_one_more_listing_of_their_table(years):
    changed = replace(MOODS, code_version="changed")
    smooth = replace(SMOOTH, inputs={"moods": changed})
    with years.counted() as asked:
        found = years.plan(changed, smooth)

    assert [(one.state, one.spark_job) for one in found.findings] == [
        *[("stale", "yes")] * len(DAYS),
        *[("waiting", "perhaps")] * len(DAYS),
    ]
    assert asked["GetObject"] <= 12
    assert asked["ListObjectsV2"] <= 14 * PAGES


def test_days_on_which_nothing_landed_are_told_together(years):
    with years.counted() as asked:
        found = years.plan(MOODS, days=[*DAYS, *UNKNOWN])

    assert [(one.partition, one.state) for one in found.findings] == [
        (day, "blocked") for day in UNKNOWN
    ]
    assert found.findings[7].reason == (
        f"{NOTES.folder}/{UNKNOWN[7]} is missing in {years.storage.url}; bring its files there, "
        "or make an empty folder to say that there were none"
    )
    assert sum(asked.values()) <= 12 * PAGES


def test_days_of_an_input_that_are_not_published_are_told_together(years):
    with years.counted() as asked:
        found = years.plan(SMOOTH, days=[*DAYS, *UNKNOWN])

    assert [(one.partition, one.state) for one in found.findings] == [
        (day, "blocked") for day in UNKNOWN
    ]
    assert found.findings[7].reason == (
        f"it reads care/moods, of which nothing is published for {UNKNOWN[7]}; "
        "materialize that first"
    )
    assert sum(asked.values()) <= 14 * PAGES


def test_an_input_of_which_nothing_is_published_blocks_all_days_at_once(years):
    nobodys = replace(TOTALS, contract=replace(TOTALS.contract, key="care/nobodys"))
    reader = replace(SMOOTH, inputs={"nobodys": nobodys})
    with years.counted() as asked:
        found = years.plan(reader)

    assert {(one.state, one.reason) for one in found.findings} == {
        ("blocked", "it reads care/nobodys, of which nothing is published; materialize that first")
    }
    assert sum(asked.values()) <= 4 * PAGES


def test_the_jobs_that_a_run_needed_take_one_listing(years):
    done = [Done(Run([MOODS], DAYS[0], DAYS[-1]), "another-run", DAYS)]
    with years.counted() as asked:
        assert fewest_spark_jobs(done, years.environment) == 0

    assert asked["GetObject"] <= 4
    assert asked["ListObjectsV2"] <= 6 * PAGES


def test_the_history_of_all_days_takes_listings_and_two_indexes(years):
    with years.counted() as asked:
        found = releases(years.environment.lake, MOODS.key, DAYS)

    assert [one.is_in_lake for one in found] == [True, False] * len(DAYS)
    assert asked["GetObject"] == 2
    assert asked["ListObjectsV2"] <= 4 * PAGES


def test_what_a_rollback_of_all_days_moves_is_found_with_listings_and_indexes(years):
    lake = years.environment.lake
    with years.counted() as asked:
        moves = with_readers(moves_back(MOODS, DAYS, None, lake), TABLES, lake)

    assert len(moves) == 2 * len(DAYS) + 1
    assert asked["GetObject"] <= 8
    assert asked["ListObjectsV2"] <= 8 * PAGES


def test_what_is_garbage_is_found_with_listings_and_indexes(years):
    with years.counted() as asked:
        found = [*collect(TABLES, years.environment, keep=3, days=7, dry_run=True)]

    assert [garbage.manifests for garbage in found if garbage.key == MOODS.key] == [[]]
    assert asked["GetObject"] <= 12 * len(TABLES)
    assert asked["ListObjectsV2"] <= 12 * PAGES * len(TABLES)


@pytest.fixture
def at_work(years) -> Iterator[Entry]:
    """A job that is at work on all days, of which the last try had failed."""
    entry = Entry("care/notes", "run-1", dict.fromkeys(DAYS, "f"), "run", "duckdb", "2025-01-02")
    failed = asdict(Failed("f", "The disk is full.", "run"))
    page = json.dumps({"claimed_by": entry.attempt, "failed": failed})
    years.fill({f"ledger/care/notes/{day}.json": page for day in DAYS})
    years.fill({f"{entry.place}/entry.json": json.dumps(asdict(entry))})
    years.environment.ledger.at_work()
    yield entry
    years.storage.remove(["ledger/care/notes/", "jobs/care/notes/"])


def test_what_is_at_work_and_what_failed_take_listings_and_an_index(years, at_work):
    ledger = years.environment.ledger
    with years.counted() as asked:
        assert (ledger.at_work(), len(ledger.failures("care/notes"))) == ([at_work], len(DAYS))

    assert asked == {"ListObjectsV2": 3 * PAGES, "GetObject": 3}


@pytest.fixture
def a_job_a_day(years) -> Iterator[None]:
    """The papers of as many jobs as there are days, each of which failed."""
    job = Entry("care/notes", "", {}, "run", "duckdb", "2025-01-02", phase="failed")
    entries = [replace(job, attempt=f"run-{day}", fingerprints={day: "f"}) for day in DAYS]
    years.fill({f"{one.place}/entry.json": json.dumps(asdict(one)) for one in entries})
    years.environment.ledger.entries("care/notes")
    yield
    years.storage.remove(["jobs/care/notes/"])


def test_the_papers_of_a_job_a_day_take_a_listing_and_an_index(years, a_job_a_day):
    with years.counted() as asked:
        found = years.environment.ledger.entries("care/notes")

    assert [entry.partitions for entry in found] == [[day] for day in DAYS]
    assert asked == {"ListObjectsV2": PAGES, "GetObject": 1}
