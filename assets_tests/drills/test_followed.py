"""A job whose step, run or person goes away is followed, or ended, and never doubled."""

import os
import signal

import pytest

from assets_tests.drills.company import CHAIN, DAYS, READINGS
from assets_tests.launchers.pools import keepers
from assets_tests.launchers.processes import becomes, ends

pytestmark = pytest.mark.minutes

AT_WORK = {READINGS: "spark.compute:compute before"}
ONCE = dict.fromkeys(CHAIN, 1)


@pytest.fixture
def at_work(drill):
    """Starts a recovery whose first job has begun, and waits."""

    def begins(**settings):
        begun = drill("gauges")
        home = begun.home
        home.hold(AT_WORK)
        command = home.start_recovery(**settings)
        driver = home.held(READINGS)[READINGS]
        home.hold_nobody()
        return begun, command, driver

    return begins


@pytest.mark.parametrize("isolation", ["warm", "fresh"])
def test_a_job_that_outlives_its_step_and_its_run_is_followed_by_the_next_run(at_work, isolation):
    drill, _, driver = at_work(SENIORLINK_ISOLATION=isolation)
    home = drill.home
    first = home.ledger.at_work(READINGS)[0].run_id
    home.kill(*home.orchestrators())

    recovery = home.start_recovery(SENIORLINK_ISOLATION=isolation)
    assert becomes(lambda: home.ledger.at_work(READINGS)[0].run_id != first)
    second = home.ledger.at_work(READINGS)[0].run_id
    home.release(driver)

    assert recovery.wait() == 0, home.said(recovery)
    assert drill.spark_jobs() == ONCE
    said = home.messages(second)
    assert any(message.startswith("Following the job") for message in said)
    assert any("examining what was written" in message for message in said)
    drill.ends_well()


def test_a_job_that_ended_while_nobody_was_there_is_published_by_the_next_run(at_work):
    drill, _, driver = at_work()
    home = drill.home
    home.kill(*home.orchestrators())
    home.release(driver)
    assert ends(driver.pid)

    home.recover()

    assert drill.spark_jobs() == ONCE
    drill.ends_well()


def test_a_job_goes_on_without_the_keeper_that_started_it(at_work):
    drill, command, driver = at_work()
    home = drill.home

    home.kill(*keepers(home.folder / "jvms"))
    home.release(driver)

    assert command.wait() == 0, home.said(command)
    assert drill.spark_jobs() == ONCE
    drill.ends_well()


def test_a_second_run_of_a_partition_follows_the_job_of_the_first(at_work):
    drill, first, driver = at_work()
    home = drill.home

    second = home.start(
        *("dagster", "asset", "materialize", "-m", "seniorlink_assets.definitions"),
        *("--select", READINGS, "--partition", DAYS[0]),
    )
    assert becomes(lambda: _follows(home)), home.said(second)
    home.release(driver)

    assert (first.wait(), second.wait()) == (0, 0), home.said(first) + home.said(second)
    assert drill.spark_jobs() == ONCE
    drill.ends_well()


def _follows(home):
    newest = home.dagster.get_runs(limit=1)[0]
    return any(text.startswith("Following the job") for text in home.messages(newest.run_id))


def test_a_command_that_is_interrupted_leaves_no_process_and_no_claim(at_work):
    drill, command, _ = at_work()
    home = drill.home

    os.killpg(command.pid, signal.SIGINT)

    assert command.wait() == 130, home.said(command)
    drill.nothing_is_left()
    assert set(drill.published().values()) == {drill.version - 1}
    home.recover()
    assert drill.spark_jobs() == {**ONCE, READINGS: 2}
    drill.ends_well()


def test_a_job_whose_run_somebody_cancelled_after_its_death_is_reaped_with_its_processes(at_work):
    drill, _, driver = at_work()
    home = drill.home
    entry = home.ledger.at_work(READINGS)[0]
    home.kill(*home.orchestrators())
    home.dagster.report_run_canceled(home.dagster.get_run_by_id(entry.run_id), "Somebody did")

    reaped = home.start("seniorlink_assets.cli", "jobs", "--reap")

    assert reaped.wait() == 0, home.said(reaped)
    assert f"ended {READINGS} {entry.attempt}" in home.said(reaped)
    assert ends(driver.pid)
    drill.nothing_is_left()
    home.recover()
    assert drill.spark_jobs() == {**ONCE, READINGS: 2}
    drill.ends_well()
