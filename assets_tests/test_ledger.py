"""The job ledger: who may submit a job, and what is remembered of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import pytest

from assets_tests.storages import in_bucket
from seniorlink_assets.ledger import Entry, Failed, Ledger, LedgerError, place

DAY, NEXT = "2025-01-02", "2025-01-03"
ENTRY = Entry("care/moods", "r1-a", {DAY: "f1", NEXT: "f2"}, "run 1", "local", "2025-01-04T03:00")


@pytest.fixture
def ledger(storage) -> Ledger:
    return Ledger(storage)


def pages(ledger: Ledger) -> list[str]:
    names = (listed.name for listed in ledger._storage.listed("ledger/"))
    return [name for name in names if name.endswith(".json")]


def test_a_job_that_is_claimed_is_at_work(ledger):
    assert ledger.claim(ENTRY) == []

    assert ledger.at_work() == ledger.at_work("care/moods") == [ENTRY]
    assert ledger.at_work("care/notes") == []


def test_whoever_comes_second_is_told_who_is_at_work_and_claims_nothing(ledger):
    ledger.claim(ENTRY)
    second = Entry("care/moods", "r2-b", {NEXT: "f2", "2025-01-04": "f3"}, "run 2", "local", "")

    assert ledger.claim(second) == [ENTRY]
    assert ledger.at_work() == [ENTRY]
    assert ledger.attempts("care/moods") == ["r1-a"]


def test_other_days_and_other_tables_are_claimed_beside_it(ledger):
    ledger.claim(ENTRY)
    other_day = replace(ENTRY, attempt="r2-b", fingerprints={"2025-01-04": "f3"})
    other_table = replace(ENTRY, key="care/totals")

    assert ledger.claim(other_day) == ledger.claim(other_table) == []
    assert ledger.at_work() == [ENTRY, other_day, other_table]


def test_of_many_that_claim_at_once_one_wins(another):
    entries = [replace(ENTRY, attempt=f"r{number}-x") for number in range(20)]

    with ThreadPoolExecutor(8) as threads:
        told = [*threads.map(lambda entry: Ledger(another()).claim(entry), entries)]

    (winner,) = Ledger(another()).at_work()
    assert told.count([]) == 1
    assert told.count([winner]) == 19


@pytest.mark.parametrize("phase", ["succeeded", "failed", "cancelled"])
def test_the_end_of_a_job_is_written_down_and_gives_its_partitions_free(ledger, phase):
    ledger.claim(ENTRY)

    assert ledger.end(ENTRY, phase, "because")

    found = ledger.entry("care/moods", "r1-a")
    assert (found.phase, found.reason, bool(found.ended_at)) == (phase, "because", True)
    assert ledger.at_work() == []
    assert pages(ledger) == []


def test_the_first_word_on_how_a_job_ended_counts(ledger):
    ledger.claim(ENTRY)
    ledger.end(ENTRY, "succeeded")

    ledger.end(ENTRY, "failed", "too late")

    assert ledger.entry("care/moods", "r1-a").phase == "succeeded"


def test_a_job_that_another_run_answers_for_is_not_ended(ledger):
    ledger.claim(ENTRY)
    adopted = ledger.adopt(ENTRY, "run 2")
    done = []

    assert not ledger.end(ENTRY, "cancelled", first=lambda: done.append("killed"))

    assert (ledger.at_work(), done) == ([adopted], [])
    assert ledger.end(adopted, "succeeded")


def test_the_end_of_a_job_leaves_the_claims_of_the_next_one(ledger):
    ledger.claim(ENTRY)
    ledger.end(ENTRY, "failed")
    again = replace(ENTRY, attempt="r2-b")
    ledger.claim(again)

    ledger.end(ENTRY, "cancelled")

    assert ledger.at_work() == [again]


def test_what_a_launcher_calls_a_job_is_kept_while_it_is_at_work(ledger):
    ledger.claim(ENTRY)

    ledger.submitted(ENTRY, {"pid": 7})

    assert [entry.handle for entry in ledger.at_work()] == [{"pid": 7}]


def test_all_jobs_of_a_table_are_told_but_those_with_damaged_papers(ledger, storage):
    jobs = [replace(ENTRY, attempt=f"r{number:02}-a", phase="failed") for number in range(40)]
    for job in jobs:
        storage.put(f"{job.place}/entry.json", json.dumps(asdict(job)).encode())
        storage.put(f"{job.place}/job.json", b"{}")
    storage.put(f"{jobs[7].place}/entry.json", b"{")

    for _ in range(2):
        assert ledger.entries("care/moods") == [*jobs[:7], *jobs[8:]]
    assert ledger.entries("care/notes") == []


def test_a_token_names_what_is_computed_and_which_attempt_it_is():
    assert ENTRY.token == f"{ENTRY.fingerprints[DAY]}-{ENTRY.attempt}"


def test_failures_are_remembered_until_the_partition_succeeds(ledger):
    full = "The disk is full."
    later = Failed("f2", full, "run 1", {"code": "c"})
    ledger.fail("care/moods", {DAY: Failed("f1", full, "run 1"), NEXT: later})

    ledger.succeed("care/moods", [DAY, "2025-01-09"])

    (left,) = ledger.failures("care/moods").items()
    assert left[0] == NEXT
    failed = left[1]
    assert (failed.fingerprint, failed.sentence) == ("f2", "The disk is full.")
    assert (failed.run_id, failed.made_from) == ("run 1", {"code": "c"})


def test_a_failure_and_a_claim_do_not_know_of_each_other(ledger):
    ledger.fail("care/moods", {DAY: Failed("f1", "The disk is full.", "run 1")})
    ledger.claim(ENTRY)
    ledger.succeed("care/moods", [DAY])

    assert ledger.at_work() == [ENTRY]
    ledger.fail("care/moods", {DAY: Failed("f1", "It is full again.", "run 2")})
    ledger.end(ENTRY, "failed")
    assert [failed.sentence for failed in ledger.failures("care/moods").values()] == [
        "It is full again."
    ]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "null", '{"claimed_by": null}'])
def test_a_page_that_is_none_says_which_file_and_what_to_do(ledger, storage, content):
    name = f"ledger/care/moods/{DAY}.json"
    storage.put(name, content.encode())

    with pytest.raises(
        LedgerError, match=r"is no page of the job ledger .* then delete it"
    ) as told:
        ledger.claim(ENTRY)

    assert storage.where(name) in str(told.value)
    assert storage.read(name).content == content.encode()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"key": "care/moods", "more": 1}'])
def test_a_claim_of_a_job_whose_papers_are_gone_says_what_to_do(ledger, content):
    ledger.claim(ENTRY)
    ledger._storage.put(f"{place('care/moods', 'r1-a')}/entry.json", content.encode())

    with pytest.raises(LedgerError, match="does not say what became of a job"):
        ledger.claim(replace(ENTRY, attempt="r2-b"))


def test_a_page_that_another_wrote_after_the_lock_was_lost_is_not_written_over(
    ledger, storage, monkeypatch
):
    write = storage.write
    other = json.dumps({"claimed_by": "r9-z", "failed": None}).encode()

    def late(name, content, **over):
        if name.endswith(f"{NEXT}.json"):
            storage.put(name, other)
        return write(name, content, **over)

    monkeypatch.setattr(storage, "write", late)

    with pytest.raises(LedgerError, match="was written by another process meanwhile"):
        ledger.claim(ENTRY)

    assert pages(ledger) == [f"ledger/care/moods/{NEXT}.json"]
    assert storage.read(pages(ledger)[0]).content == other


def test_the_claims_of_many_days_take_few_requests(aws):
    ledger = Ledger(in_bucket(aws))
    days = {f"2025-{month:02}-{day:02}": "f" for month in range(1, 5) for day in range(1, 26)}
    entry = replace(ENTRY, fingerprints=days)
    aws.forget_counters()

    ledger.claim(entry)
    ledger.end(entry, "succeeded")

    asked = {name: count["requests"] for name, count in aws.counters.items()}
    assert asked["s3:PutObject"] < len(days) + 12
    assert asked["s3:GetObject"] < len(days) + 12
    assert asked["s3:DeleteObjects"] == 1
