"""What the papers of a local job say about it, also on another machine and to another process."""

import fcntl
import os
import subprocess
import sys

import pytest

from assets_tests.launchers.papers_in import papers_in
from seniorlink_assets.launchers.base import State
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.launchers.papers import exit_code
from seniorlink_assets.launchers.processes import LOCK, is_running, process_group

LAUNCHER = LocalLauncher("512m", cores=1)


@pytest.fixture
def sleeper():
    """A process that has nothing to do with the job."""
    process = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_job_that_was_never_submitted_has_no_handle(tmp_path):
    assert LAUNCHER.find(papers_in(tmp_path)) is None
    assert LAUNCHER.find(papers_in(tmp_path / "nothing")) is None


def test_a_job_whose_step_died_before_it_told_the_handle_is_found_by_its_papers(tmp_path):
    (tmp_path / "pid").write_text("4711\n")

    assert LAUNCHER.find(papers_in(tmp_path)) == {"pid": 4711}


def test_a_job_lives_as_long_as_somebody_holds_its_lock(tmp_path):
    with (tmp_path / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = LAUNCHER.state(papers_in(tmp_path), {"pid": os.getpid()})

    assert running == State("running")
    assert LAUNCHER.state(papers_in(tmp_path), {"pid": os.getpid()}).phase == "failed"


def test_papers_from_another_machine_are_of_a_job_that_is_over_and_may_be_tried_again(
    tmp_path, sleeper
):
    (tmp_path / LOCK).touch()

    state = LAUNCHER.state(papers_in(tmp_path), {"pid": sleeper.pid})

    assert (state.phase, state.transient) == ("failed", True)


def test_a_process_that_has_a_dead_jobs_number_now_is_not_killed(tmp_path, sleeper):
    (tmp_path / LOCK).touch()

    LAUNCHER.cancel(papers_in(tmp_path), {"pid": sleeper.pid})

    assert sleeper.poll() is None


def test_a_job_can_be_ended_by_a_process_that_did_not_start_it(tmp_path):
    holding = """
import fcntl, sys, time
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print(flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", holding, tmp_path / LOCK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as job:
        assert job.stdout is not None
        job.stdout.readline()
        assert is_running(tmp_path)
        LAUNCHER._children[job.pid] = job

        LAUNCHER.cancel(papers_in(tmp_path), {"pid": job.pid})

        assert not is_running(tmp_path)
    assert job.returncode < 0


@pytest.mark.parametrize(
    ("text", "code"), [("0\n", 0), ("137\n", 137), ("", None), ("\x00\x00", None), ("none", None)]
)
def test_an_exit_code_that_is_none_is_not_taken_for_one(tmp_path, text, code):
    (tmp_path / "exit").write_text(text)
    (tmp_path / "pid").write_text(text)

    assert exit_code(papers_in(tmp_path)) == code
    assert process_group(tmp_path) == code
