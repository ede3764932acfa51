"""Who submits a job, who follows it, and which failures are worth another try."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.test_utils import create_run_for_test

from assets_tests.checkout import Checkout, failure
from assets_tests.duckdb_launcher import DuckDBLauncher
from seniorlink_assets import declaration
from seniorlink_assets.landing import landing_set
from seniorlink_assets.launchers.base import Handle, JobFailed, NotEnded, Order, State, Submitted
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.sizing import for_copy
from seniorlink_assets.ledger import Entry
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse
from spark.contract import WHOLE, LandingColumn

NOTES = landing_set(
    "desk/notes",
    description="Notes.",
    format="csv",
    columns=[LandingColumn("id", "The note.")],
    owners=["team:x"],
)
LARGEST = "spark.sql.adaptive.advisoryPartitionSizeInBytes"
DECLARATION = """
from datetime import timedelta
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

notes = redshift_table(
    "desk/notes",
    description="One row per note.",
    columns=[Column("id", "bigint", "The note.")],
    primary_key=["id"],
    inputs=[landed],
    owners=["team:x"],
    {more}
)
"""


class Followed(DuckDBLauncher):
    """Jobs of earlier steps are as `found` says; following one does `meanwhile`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: State = State("failed", "It was killed.", transient=True)
        self.meanwhile: Callable[[], None] = lambda: None
        self.cancelled: list[Mapping[str, Any]] = []
        self.seconds: list[float | None] = []

    def run(self, context: dg.AssetExecutionContext, order: Order, submitted: Submitted) -> None:
        self.seconds.append(order.seconds)
        super().run(context, order, submitted)

    def follow(self, context, papers: Papers, handle, seconds: float | None) -> None:
        self.seconds.append(seconds)
        self.meanwhile()
        super().follow(context, papers, handle, seconds)

    def state(self, papers: Papers, handle: Handle) -> State:
        return self.found

    def cancel(self, papers: Papers, handle: Handle) -> None:
        self.cancelled.append(handle)


class Desk:
    """One table of one landed note."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.launcher = Followed()
        self.checkout = Checkout.at(folder, self.launcher)
        self.checkout.write_job("desk/notes", "SELECT id::bigint AS id FROM notes", ".sql")
        self.checkout.land("desk/notes", "2025-01-02", notes_csv="id\n1\n")
        self.declare(more)
        self.ledger = self.checkout.environment.ledger

    def declare(self, more: str = "") -> None:
        source = DECLARATION.replace("{more}", more)
        self.table = self.checkout.declare("desk/notes", source, landed=NOTES)

    def materialize(self) -> dg.ExecuteInProcessResult:
        return self.checkout.materialize(NOTES, self.table, select=[self.table])

    def log(self, result: dg.ExecuteInProcessResult) -> str:
        return "\n".join(e.user_message for e in self.checkout.instance.all_logs(result.run_id))

    def jobs(self) -> int:
        return len(self.launcher.jobs)

    def leave_job(self, run_id: str, **fields: Any) -> Entry:
        """A job that an earlier step submitted: it computes what the next run wants, by default."""
        known = {"fingerprint": self._wanted(), "launcher": "duckdb", "since": "2025-01-02T00:00Z"}
        told = {**known, **fields}
        entry = Entry(
            "desk/notes", f"{run_id[:8]}-left", {WHOLE: told["fingerprint"]}, run_id,
            told["launcher"], told["since"],
        )  # fmt: skip
        assert self.ledger.claim(entry) == []
        return self.ledger.submitted(entry, {"left": True})

    def _wanted(self) -> str:
        from seniorlink_assets.catalogue import tables
        from seniorlink_assets.materialize import resolve

        (table,) = [table for table in tables() if table.key == "desk/notes"]
        return resolve(table, [WHOLE], self.checkout.environment).fingerprints[WHOLE]

    def run(self, is_over: bool) -> str:
        run = create_run_for_test(self.checkout.instance, status=DagsterRunStatus.STARTED)
        if is_over:
            self.checkout.instance.report_run_failed(run)
        return run.run_id


@pytest.fixture
def desk(tmp_path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    with made.checkout.instance:
        yield made


def test_a_job_is_in_the_ledger_while_it_runs_and_its_end_is_written_down(desk):
    seen = []
    desk.launcher.before_job = lambda job: seen.extend(desk.ledger.at_work())

    result = desk.materialize()

    (entry,) = seen
    assert (entry.key, entry.run_id, entry.handle) == ("desk/notes", result.run_id, {"number": 1})
    assert desk.ledger.at_work() == []
    assert desk.ledger.entry("desk/notes", entry.attempt).phase == "succeeded"


def test_a_job_writes_files_for_the_slices_of_its_warehouse_unless_its_table_says_otherwise(desk):
    class Sliced(DuckDBWarehouse):
        slices = 12

    desk.checkout.environment = replace(
        desk.checkout.environment, warehouse=Sliced(desk.checkout.home / "sliced.duckdb")
    )
    desk.declare(f"spark_conf={{'{LARGEST}': '1g'}},")

    desk.materialize()

    (job,) = desk.launcher.jobs
    assert job.spark_conf == {**for_copy(12), LARGEST: "1g"}


def test_a_job_chooses_its_files_itself_where_their_number_is_no_matter(desk):
    desk.materialize()

    (job,) = desk.launcher.jobs
    assert job.spark_conf == {}


def test_a_job_that_could_not_be_ended_stays_in_the_ledger(desk):
    def refuse(job) -> None:
        raise NotEnded("AWS does not let us end it.")

    desk.launcher.before_job = refuse

    result = desk.materialize()

    (entry,) = desk.ledger.at_work()
    assert failure(result) == "desk/notes: AWS does not let us end it."
    assert (entry.run_id, entry.phase) == (result.run_id, "running")


def test_a_job_that_could_not_be_ended_when_it_was_followed_stays_in_the_ledger(desk):
    left = desk.leave_job(desk.run(is_over=True))

    def refuse() -> None:
        raise NotEnded("AWS does not let us end it.")

    desk.launcher.meanwhile = refuse

    desk.materialize()

    assert [entry.attempt for entry in desk.ledger.at_work()] == [left.attempt]


def test_of_two_runs_at_once_one_submits_the_job_and_the_other_follows_it(desk):
    started, go_on, others = Event(), Event(), []

    def wait(job) -> None:
        started.set()
        assert go_on.wait(30)

    desk.launcher.before_job = wait
    first = Thread(target=desk.materialize)
    first.start()
    assert started.wait(30)
    desk.launcher.found = State("succeeded")
    desk.launcher.meanwhile = lambda: (go_on.set(), first.join())[0]
    others.append(desk.materialize())

    assert others[0].success
    assert desk.jobs() == 1
    assert "no other is submitted" in desk.log(others[0])
    assert desk.ledger.at_work() == []


@pytest.mark.parametrize("is_known", [True, False])
def test_the_job_of_a_dead_run_is_adopted_and_tried_again_if_it_was_killed(desk, is_known):
    run_id = desk.run(is_over=True) if is_known else "6d0e3f6a-0000-4000-8000-000000000000"
    left = desk.leave_job(run_id)

    result = desk.materialize()

    found = desk.ledger.entry(left.key, left.attempt)
    assert result.success
    assert (desk.jobs(), desk.launcher.cancelled) == (1, [])
    assert (found.phase, found.reason, found.run_id) == ("failed", "It was killed.", result.run_id)
    assert "It was killed. It is tried again." in desk.log(result)


def test_an_adopted_job_that_failed_for_a_reason_of_its_own_is_not_tried_again(desk):
    desk.leave_job(desk.run(is_over=True))
    desk.launcher.found = State("failed", "The column mood is missing.")

    result = desk.materialize()

    assert failure(result) == "desk/notes: The column mood is missing."
    assert desk.jobs() == 0
    assert desk.ledger.at_work() == []


@pytest.mark.parametrize("state", [State("succeeded"), State("failed", "It lost its messages.")])
def test_the_job_of_a_dead_run_that_has_committed_lets_go_of_what_it_claimed(desk, state):
    assert desk.materialize().success
    left = desk.leave_job(desk.run(is_over=True))
    desk.launcher.found = state

    result = desk.materialize()

    assert result.success
    assert desk.jobs() == 1
    assert desk.ledger.at_work() == []
    assert desk.ledger.entry(left.key, left.attempt).phase == state.phase


def test_the_job_of_a_dead_run_is_ended_when_what_it_computes_has_changed(desk):
    left = desk.leave_job(desk.run(is_over=True), fingerprint="of-another-day")
    desk.launcher.found = State("running")

    result = desk.materialize()

    assert result.success
    assert desk.launcher.cancelled == [{"left": True}]
    assert desk.ledger.entry(left.key, left.attempt).phase == "cancelled"
    assert desk.jobs() == 1


def test_the_job_of_a_run_that_goes_on_is_waited_for_even_if_it_computes_something_else(desk):
    desk.leave_job(desk.run(is_over=False), fingerprint="of-another-day")
    desk.launcher.found = State("succeeded")

    result = desk.materialize()

    assert result.success
    assert (desk.launcher.cancelled, desk.jobs()) == ([], 1)


def test_an_interrupt_ends_an_adopted_job_but_not_that_of_another_run(desk):
    def interrupt() -> None:
        raise KeyboardInterrupt

    desk.launcher.meanwhile = interrupt
    desk.leave_job(desk.run(is_over=False))
    with suppress(KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        desk.materialize()
    spared = [*desk.launcher.cancelled]
    desk.ledger.end(desk.ledger.at_work()[0], "cancelled")
    desk.leave_job(desk.run(is_over=True))
    with suppress(KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        desk.materialize()

    assert spared == []
    assert desk.launcher.cancelled == [{"left": True}]
    assert desk.ledger.at_work() == []


def test_a_job_of_another_launcher_is_not_doubled(desk):
    desk.leave_job(desk.run(is_over=True), launcher="emr")

    result = desk.materialize()

    assert failure(result).startswith("desk/notes: A job on emr is at work on it since 2025-01-02")
    assert desk.jobs() == 0


def test_why_a_table_failed_is_remembered_until_it_succeeds(desk):
    desk.checkout.write_job("desk/notes", "SELECT nothing FROM notes", ".sql")
    desk.declare()
    failed = desk.materialize()
    remembered = desk.ledger.failures("desk/notes")
    desk.checkout.write_job("desk/notes", "SELECT id::bigint AS id FROM notes", ".sql")
    desk.declare()

    mended = desk.materialize()

    assert remembered[WHOLE].sentence == failure(failed)
    assert (remembered[WHOLE].run_id, bool(remembered[WHOLE].fingerprint)) == (failed.run_id, True)
    assert mended.success
    assert desk.ledger.failures("desk/notes") == {}


@pytest.mark.parametrize(("transient", "jobs"), [(True, 2), (False, 1)])
def test_only_what_may_succeed_is_tried_again(tmp_path, monkeypatch, transient, jobs):
    monkeypatch.setattr(declaration, "_FIRST_PAUSE_SECONDS", 0)
    desk = Desk(tmp_path, "retries=2,")

    def fail_once(job) -> None:
        if desk.jobs() == 1:
            raise JobFailed("It was killed.", transient=transient)

    desk.launcher.before_job = fail_once
    with desk.checkout.instance:
        result = desk.materialize()

    assert result.success == transient
    assert desk.jobs() == jobs


def test_a_job_may_take_as_long_as_its_timeout_says_from_when_it_was_first_submitted(tmp_path):
    desk = Desk(tmp_path, "timeout=timedelta(hours=2),")
    with desk.checkout.instance:
        desk.leave_job(desk.run(is_over=True), since="2025-01-02T00:00:00+00:00")
        desk.materialize()

    followed, submitted = desk.launcher.seconds
    assert submitted == timedelta(hours=2).total_seconds()
    assert followed is not None
    assert followed < 0


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("timeout=timedelta(0),", "timeout: 0:00:00 is no time; write how long one job may take"),
        ("retries=11,", "retries: 11 is not from 0 to 10; choose one"),
        ("retries=-1,", "retries: -1 is not from 0 to 10; choose one"),
    ],
)
def test_a_timeout_or_a_number_of_retries_that_is_none_is_refused(tmp_path, more, sentence):
    with pytest.raises(declaration.DeclarationError, match=sentence):
        Desk(tmp_path, more)
