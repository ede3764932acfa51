"""A run that the daemon has launched, when its worker dies, or all of Dagster."""

import json
import os
import signal

import pytest

from assets_tests.drills.company import CHAIN, DAYS, READINGS
from assets_tests.launchers.processes import becomes

pytestmark = pytest.mark.minutes


@pytest.fixture
def daemon(green_home):
    """Starts the daemon, which starts a code server; both are over in the end."""

    def starts():
        return green_home.start("dagster._daemon", "run", "-w", "workspace.yaml")

    yield starts
    green_home.end(*_of_dagster(green_home))


@pytest.fixture
def at_work(drill, daemon):
    """A nightly run of the first day, whose first job has begun and waits."""
    begun = drill("gauges")
    home = begun.home
    home.hold({READINGS: "spark.compute:compute before"})
    daemon()
    launched = home.start(
        *("dagster", "job", "launch", "-w", "workspace.yaml", "-j", "nightly"),
        *("--tags", json.dumps({"dagster/partition": DAYS[0]})),
    )
    assert launched.wait() == 0, home.said(launched)
    driver = home.held(READINGS)[READINGS]
    home.hold_nobody()
    return begun, driver


def test_a_run_whose_worker_was_killed_is_retried_and_follows_its_job(at_work):
    drill, driver = at_work
    home = drill.home
    first = home.ledger.at_work(READINGS)[0].run_id

    home.kill(_worker(home, first), *_steps(home))

    _is_retried(drill, first, driver)


def test_a_run_that_died_with_all_of_dagster_is_retried_when_the_daemon_is_back(at_work, daemon):
    drill, driver = at_work
    home = drill.home
    first = home.ledger.at_work(READINGS)[0].run_id

    home.kill(*_of_dagster(home))
    daemon()

    _is_retried(drill, first, driver)


def test_a_run_goes_on_without_its_daemon(at_work, daemon):
    drill, driver = at_work
    home = drill.home
    first = home.ledger.at_work(READINGS)[0].run_id

    home.kill(*_daemons(home))
    home.release(driver)

    assert becomes(lambda: home.dagster.get_run_by_id(first).is_success), home.messages(first)
    _ends_well(drill)


def _is_retried(drill, first, driver):
    home = drill.home
    assert becomes(lambda: _answers_for(home) not in (None, first)), home.messages(first)
    second = _answers_for(home)
    home.release(driver)
    assert becomes(lambda: home.dagster.get_run_by_id(second).is_finished)
    assert home.dagster.get_run_by_id(second).is_success
    assert home.dagster.get_run_by_id(second).parent_run_id == first
    _ends_well(drill)


def _answers_for(home):
    """The run that answers for the job at work; None in the moment between two of them."""
    return next((entry.run_id for entry in home.ledger.at_work(READINGS)), None)


def _ends_well(drill):
    home = drill.home
    assert drill.spark_jobs() == dict.fromkeys(CHAIN, 1)
    for pid in _of_dagster(home):
        os.kill(pid, signal.SIGTERM)
    assert becomes(lambda: not _of_dagster(home))
    drill.ends_well()


def _worker(home, run_id):
    """The process that executes a run."""
    events = home.dagster.all_logs(run_id)
    said = [event.message for event in events if "Started process for run" in (event.message or "")]
    return int(said[0].rpartition("(pid: ")[2].partition(")")[0])


def _steps(home):
    return [pid for pid, said in home.processes().items() if "multiprocessing.forkserver" in said]


def _daemons(home):
    return [pid for pid, said in home.processes().items() if "dagster._daemon" in said]


def _of_dagster(home):
    """The daemon, the code server, the run and its steps."""
    found = home.processes().items()
    return [pid for pid, said in found if " dagster" in said or "multiprocessing" in said]
