"""The reaper: it ends what no Dagster run answers for, and nothing else."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.storage.tags import PARENT_RUN_ID_TAG
from dagster._core.test_utils import create_run_for_test

from assets_tests.checkout import Checkout
from assets_tests.duckdb_launcher import DuckDBLauncher
from seniorlink_assets.launchers.base import Handle, NotEnded, State
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.ledger import Entry
from seniorlink_assets.reaper import jobs_at_work, reap

DAY = "2025-01-02"


class Processes(DuckDBLauncher):
    """Jobs that are asked after and cancelled, but do nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, State] = {}
        self.cancelled: list[str] = []
        self.immortal: set[str] = set()

    def state(self, papers: Papers, handle: Handle) -> State:
        return self.states[handle["name"]]

    def cancel(self, papers: Papers, handle: Handle) -> None:
        if handle["name"] in self.immortal:
            raise NotEnded("It could not be ended.")
        self.cancelled.append(handle["name"])


class Place:
    def __init__(self, folder: Path) -> None:
        self.launcher = Processes()
        self.checkout = Checkout.at(folder, self.launcher)
        self.environment, self.instance = self.checkout.environment, self.checkout.instance

    def run(self, status: DagsterRunStatus, **tags: str) -> dg.DagsterRun:
        run = create_run_for_test(self.instance, status=DagsterRunStatus.STARTED, tags=tags)
        if status == DagsterRunStatus.FAILURE:
            self.instance.report_run_failed(run)
        return run

    def job(self, name: str, run_id: str, phase: str = "running", **fields: Any) -> Entry:
        ledger = self.environment.ledger
        entry = Entry(f"care/{name}", f"{run_id[:8]}-{name}", {DAY: "f"}, run_id, "duckdb", "")
        assert ledger.claim(entry) == []
        self.launcher.states[name] = State(phase)
        return ledger.submitted(entry, {"name": name})

    def states(self) -> dict[str, str]:
        jobs = jobs_at_work(self.environment, self.instance)
        return {job.entry.key.removeprefix("care/"): job.state for job in jobs}

    def reap(self, grace: float = 0) -> list[str]:
        jobs = reap(self.environment, self.instance, grace_seconds=grace)
        return [job.entry.key.removeprefix("care/") for job in jobs]


@pytest.fixture
def place(tmp_path):
    found = Place(tmp_path)
    with found.instance:
        yield found


def test_a_job_whose_run_is_over_is_ended_and_gives_its_partitions_free(place):
    entry = place.job("orphan", place.run(DagsterRunStatus.FAILURE).run_id)

    assert place.reap() == ["orphan"]

    assert place.launcher.cancelled == ["orphan"]
    assert place.environment.ledger.at_work() == []
    assert place.environment.ledger.entry(entry.key, entry.attempt).phase == "cancelled"


def test_a_job_whose_run_goes_on_is_left_alone(place):
    place.job("busy", place.run(DagsterRunStatus.STARTED).run_id)

    assert place.reap() == []

    assert (place.launcher.cancelled, place.states()) == ([], {"busy": "running"})


def test_a_job_of_a_run_that_this_dagster_does_not_know_is_left_alone(place):
    place.job("foreign", "6d0e3f6a-0000-4000-8000-000000000000")

    assert place.reap() == []

    assert (place.launcher.cancelled, place.states()) == ([], {"foreign": "unknown"})


def test_a_job_of_another_launcher_is_left_to_that(place):
    run = place.run(DagsterRunStatus.FAILURE)
    entry = Entry("care/far", "r-far", {DAY: "f"}, run.run_id, "emr", "", {"id": "j-1"})
    place.environment.ledger.claim(entry)

    assert place.reap() == []

    assert place.states() == {"far": "elsewhere"}


def test_a_job_whose_run_is_being_retried_is_left_for_the_retry(place):
    over = place.run(DagsterRunStatus.FAILURE)
    place.run(DagsterRunStatus.STARTED, **{PARENT_RUN_ID_TAG: over.run_id})
    place.job("wanted", over.run_id)

    assert place.reap() == []

    assert (place.launcher.cancelled, place.states()) == ([], {"wanted": "running"})


def test_a_run_that_has_only_just_ended_may_still_be_retried(place):
    place.job("recent", place.run(DagsterRunStatus.FAILURE).run_id)

    assert place.reap(grace=3600) == []
    assert place.reap(grace=0) == ["recent"]


def test_a_claim_of_a_job_that_is_over_is_given_free(place):
    place.job("done", place.run(DagsterRunStatus.FAILURE).run_id, phase="succeeded")

    assert place.states() == {"done": "ended"}
    assert place.reap() == ["done"]
    assert place.environment.ledger.at_work() == []


def test_a_claim_of_a_job_that_was_never_submitted_is_given_free(place):
    run = place.run(DagsterRunStatus.FAILURE)
    place.environment.ledger.claim(Entry("care/x", "r-x", {DAY: "f"}, run.run_id, "duckdb", ""))

    assert place.reap() == ["x"]
    assert place.launcher.cancelled == []


def test_a_job_that_a_new_run_has_adopted_meanwhile_is_not_ended(place, monkeypatch):
    entry = place.job("adopted", place.run(DagsterRunStatus.FAILURE).run_id)
    running = place.run(DagsterRunStatus.STARTED).run_id
    seen = jobs_at_work(place.environment, place.instance)
    place.environment.ledger.adopt(entry, running)
    monkeypatch.setattr("seniorlink_assets.reaper.jobs_at_work", lambda *_: seen)

    assert place.reap() == []

    assert place.launcher.cancelled == []
    assert place.environment.ledger.at_work()[0].run_id == running


def test_a_job_that_cannot_be_ended_keeps_its_claim_and_the_others_are_ended(place):
    run = place.run(DagsterRunStatus.FAILURE).run_id
    immortal = place.job("a", run)
    place.job("b", run)
    place.launcher.immortal.add("a")

    with pytest.raises(NotEnded):
        place.reap()

    assert place.launcher.cancelled == ["b"]
    assert place.environment.ledger.at_work() == [immortal]


def test_the_sensor_of_the_catalogue_ends_orphans_of_a_while_ago_only(place):
    from seniorlink_assets.definitions import definitions

    place.job("recent", place.run(DagsterRunStatus.FAILURE).run_id)
    sensor = definitions().get_repository_def().get_sensor_def("job_reaper")
    context = dg.build_sensor_context(
        instance=place.instance, resources={"environment": place.environment}
    )

    with context:
        tick = sensor.evaluate_tick(context)

    assert tick.skip_message == "0 jobs were ended"
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING


def test_the_command_lists_jobs_at_work_and_ends_orphans(place, monkeypatch):
    home = place.environment.home
    monkeypatch.setenv("SENIORLINK_HOME", str(home))
    command = [sys.executable, "-m", "seniorlink_assets.cli", "jobs"]

    nothing = subprocess.run(command, capture_output=True, text=True, check=True)
    place.job("busy", place.run(DagsterRunStatus.STARTED).run_id)
    listed = subprocess.run([*command, "--reap"], capture_output=True, text=True, check=True)

    assert nothing.stdout == "no Spark job is at work\n"
    assert [line.split() for line in listed.stdout.splitlines()][1][:2] == ["care/busy", DAY]
    assert listed.stdout.split()[-1] == "unknown"
