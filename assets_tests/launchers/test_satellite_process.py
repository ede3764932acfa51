"""Satellites as processes of this machine: nothing of them outlives them, or is lost with them."""

import json
import os
import signal
import threading
from contextlib import suppress

import dagster as dg
import pytest

from assets_tests.checkout import Checkout, failure
from assets_tests.launchers.papers_in import papers_in
from assets_tests.launchers.processes import becomes, ends, members
from assets_tests.satellite_table import NOTES, declared, doing
from seniorlink_assets.launchers.base import State
from seniorlink_assets.launchers.satellite_process import SatelliteProcess

DAY = "2025-01-02"
WAITS = """
import time
from pathlib import Path


def notes(notes):
    Path("begun").touch()
    while not Path("goes on").exists():
        time.sleep(0.02)
    yield from notes
"""
ENDLESS = """
import subprocess
import threading
from pathlib import Path


def notes(notes):
    subprocess.Popen(["sleep", "600"])
    Path("begun").touch()
    threading.Event().wait()
    yield from notes
"""


@pytest.fixture
def checkout(tmp_path):
    found = Checkout.at(tmp_path)
    found.land("trial/notes", DAY, notes_csv=f"note_id,noted_on\n1,{DAY}\n")
    return found


def papers(checkout):
    (folder,) = (checkout.home / "lake" / "jobs" / "trial" / "notes").iterdir()
    return folder


def begun(checkout):
    jobs = checkout.home / "lake" / "jobs" / "trial" / "notes"
    return jobs.is_dir() and any(jobs.glob("*/begun"))


def handle(checkout):
    return {"pid": int((papers(checkout) / "pid").read_text())}


def test_what_a_satellite_leaves_behind_ends_with_it(checkout):
    leaves = doing("import subprocess; subprocess.Popen(['sleep', '600'])")

    result = checkout.materialize(NOTES, declared(checkout, leaves), days=DAY)

    assert result.success
    assert all(ends(pid) for pid in members(handle(checkout)["pid"]))
    assert not (papers(checkout) / "scratch").exists()


def test_an_interrupt_ends_the_satellite_with_all_its_processes(checkout):
    def interrupt():
        if becomes(lambda: begun(checkout)):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()

    with suppress(KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        assert not checkout.materialize(NOTES, declared(checkout, ENDLESS), days=DAY).success

    thread.join()
    assert members(handle(checkout)["pid"]) == []


def test_a_running_satellite_can_be_found_and_asked_after_by_whoever_has_its_papers(checkout):
    table = declared(checkout, WAITS)
    thread = threading.Thread(
        target=checkout.materialize, args=(NOTES, table), kwargs={"days": DAY}
    )
    thread.start()
    assert becomes(lambda: begun(checkout))
    elsewhere = SatelliteProcess()

    found = elsewhere.find(papers_in(papers(checkout)))
    state = elsewhere.state(papers_in(papers(checkout)), found)

    (papers(checkout) / "goes on").touch()
    thread.join()
    assert found == handle(checkout)
    assert state == State("running")
    assert elsewhere.state(papers_in(papers(checkout)), found) == State("succeeded")


def test_a_satellite_that_somebody_kills_has_failed_and_may_be_tried_again(checkout):
    def kill():
        if becomes(lambda: begun(checkout)):
            os.killpg(handle(checkout)["pid"], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()

    result = checkout.materialize(NOTES, declared(checkout, ENDLESS), days=DAY)

    thread.join()
    assert "The job was killed (signal 9)" in failure(result)
    entry = json.loads((papers(checkout) / "entry.json").read_text())
    assert entry["launcher"] == "satellite-process"


def test_no_spark_is_imported_for_a_satellite(checkout):
    looks = doing("import sys; assert 'pyspark' not in sys.modules and 'py4j' not in sys.modules")

    result = checkout.materialize(NOTES, declared(checkout, looks), days=DAY)

    assert result.success, failure(result)


def test_what_a_note_says_is_in_no_paper_of_a_failure(checkout):
    checkout.land("trial/notes", DAY, notes_csv=f"note_id,noted_on\nMildred,{DAY}\n")
    raises = doing("raise ValueError([*notes][0]['note_id'] + ' is no number')")

    result = checkout.materialize(NOTES, declared(checkout, raises), days=DAY)

    assert "Mildred" not in failure(result)
    said = [path.read_bytes() for path in papers(checkout).rglob("*") if path.is_file()]
    assert [text for text in said if b"Mildred" in text] == []
