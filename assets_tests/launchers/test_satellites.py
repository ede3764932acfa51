"""What every service promises that runs satellites: once, to its end, and with its reason."""

import json
import os
import secrets
import signal
import threading
import time
from contextlib import suppress
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets_tests.checkout import failure
from assets_tests.launchers.processes import becomes
from assets_tests.launchers.satellite_services import SERVICES, SatelliteJobs
from assets_tests.satellite_table import doing
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.satellites import BOOTSTRAP
from seniorlink_assets.launchers.service import Command

ENDLESS = doing("import threading; threading.Event().wait()")


@pytest.fixture(params=SERVICES)
def jobs(request, amazon, tmp_path):
    return SatelliteJobs(amazon, tmp_path, request.param)


@pytest.fixture
def on_lambda(amazon, tmp_path):
    return SatelliteJobs(amazon, tmp_path, "lambda")


def command(jobs):
    """What RemoteLauncher would have a service start; its papers are told nothing."""
    attempt = f"trial-{secrets.token_hex(3)}"
    shipped = jobs.launcher.ship(jobs.checkout.root)
    papers = f"{jobs.storage.url}/jobs/trial/notes/{attempt}"
    return Command(
        name=f"trial/notes#{attempt}",
        run_id="run",
        token="t" * 64,
        entry=shipped.entry_url,
        code=shipped.code_url,
        arguments=(papers,),
        conf={},
    )


def becomes_over(jobs, handle):
    found = []

    def is_over():
        state = jobs.service.state(handle)
        found[:] = [state]
        return state is not None and state.is_over

    assert becomes(is_over)
    return found[0]


def test_a_satellite_runs_at_its_service_and_is_published(jobs):
    result = jobs.materialize()

    assert result.success, failure(result)
    (manifest,) = jobs.manifests()
    assert (manifest["rows"], manifest["reject_reasons"]) == (2, {"note_id is not a bigint": 1})
    assert manifest["code_package"]
    assert "writing" in jobs.said(result)
    assert jobs.at_work == []


def test_a_function_that_raises_fails_with_its_sentence_and_commits_nothing(jobs):
    result = jobs.materialize(doing("raise LookupError('there is no mood')"))

    assert failure(result) == (
        "trial/notes: LookupError: there is no mood (in spark/trial/notes.py, line 2)"
    )
    assert jobs.manifests() == []
    assert "there is no mood" in jobs.paper("stderr.log")


def test_a_process_that_is_killed_says_where_to_give_more_memory(jobs):
    result = jobs.materialize(doing("import os; os.kill(os.getpid(), 9)"))

    assert "give the function, task or instance that runs it more" in failure(result)
    assert jobs.paper("exit") == "137"


def test_a_satellite_that_takes_too_long_is_ended(jobs):
    result = jobs.materialize(ENDLESS, more="timeout=timedelta(seconds=4),")

    assert "it took longer than its timeout" in failure(result)
    assert becomes(lambda: jobs.at_work == [])
    assert jobs.manifests() == []


def test_an_interrupt_ends_the_satellite_with_all_its_processes(jobs):
    def interrupt():
        if becomes(lambda: jobs.attempts and jobs.paper("messages/1.json")):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()

    with suppress(KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        assert not jobs.materialize(ENDLESS).success

    thread.join()
    assert jobs.paper("cancel") == ""
    assert jobs.at_work == []
    assert jobs.manifests() == []


def test_a_job_that_is_started_twice_runs_once(jobs):
    twice = command(jobs)

    first = jobs.service.submit(twice)
    jobs.service.start(replace(twice, token="u" * 64))
    becomes_over(jobs, first)
    assert becomes(lambda: jobs.at_work == [] and len(jobs.double.jobs) >= 2)

    claim = json.loads(jobs.paper("claim"))
    assert claim["at"]
    assert jobs.paper("stderr.log").count("the papers of the job cannot be used") == 1


def test_a_job_is_found_by_its_name_by_whoever_did_not_start_it(jobs):
    since = datetime.now(UTC) - timedelta(seconds=1)
    asked = command(jobs)
    handle = jobs.service.submit(asked)
    becomes_over(jobs, handle)
    elsewhere = elsewhere_of(jobs)

    found = elsewhere.find(asked.name, since)

    assert found is not None
    assert elsewhere.state(found) == jobs.service.state(handle)


def elsewhere_of(jobs):
    """The same service as another process sees it."""
    elsewhere = copy(jobs.service)
    elsewhere._submitting = set()
    return elsewhere


def test_a_job_that_was_never_submitted_is_not_found_and_can_not_begin_any_more(jobs):
    long_ago = datetime.now(UTC) - timedelta(minutes=10)
    late = command(jobs)

    assert elsewhere_of(jobs).find(late.name, long_ago) is None

    jobs.service.start(late)
    assert becomes(lambda: jobs.double.jobs and jobs.at_work == [])
    assert json.loads(jobs.paper("claim"))["withdrawn"]
    assert jobs.paper("stderr.log") is None


def test_a_satellite_whose_code_is_gone_fails_and_says_so(jobs):
    gone = replace(command(jobs), code="s3://lake/gone.zip")

    state = becomes_over(jobs, jobs.service.submit(gone))

    assert state.phase == "failed"
    assert "NoSuchKey" in jobs.paper("stderr.log")


def test_an_event_that_lambda_never_delivers_is_taken_back(on_lambda):
    service = on_lambda.service
    service.unstarted_seconds = 0
    handle = {"id": "r", "at": time.time() - 1, "papers": "jobs/trial/notes/late"}

    state = service.state(handle)

    assert (state.phase, state.word) == ("failed", "UNSTARTED")
    papers = Papers(on_lambda.storage, handle["papers"])
    assert json.loads(papers.read("claim"))["withdrawn"]


def test_a_function_whose_time_is_over_without_a_word_has_timed_out(on_lambda):
    handle = {"id": "r", "at": time.time() - 1000, "papers": "jobs/trial/notes/silent"}
    claim = {"at": time.time() - 1000, "until": time.time() - 100, "log": None}
    Papers(on_lambda.storage, handle["papers"]).put("claim", json.dumps(claim).encode())

    state = on_lambda.service.state(handle)

    assert state.phase == "failed"
    assert "timed out" in state.details


def test_the_bootstrap_fits_into_the_overrides_of_a_task():
    text = json.dumps(["python", "-c", BOOTSTRAP.read_text(), "s3://" + "p" * 300, "c" * 300])

    assert len(text) < 7000
