"""Whole materializations whose jobs run at a service, and what happens when somebody dies."""

import os
import signal

import pytest
from dagster import DagsterRunStatus
from dagster._core.test_utils import create_run_for_test

from assets_tests.launchers.processes import becomes
from assets_tests.launchers.remote_jobs import emr_serverless
from assets_tests.launchers.remote_tables import RemoteTable, said
from seniorlink_assets.reaper import jobs_at_work, reap


@pytest.fixture
def table(amazon, tmp_path):
    table = RemoteTable(amazon, tmp_path, emr_serverless(amazon, tmp_path))
    table.land(1, 2, 3)
    return table


def forked(do):
    """A child of this process that does something, and then ends as if nothing had been."""
    child = os.fork()
    if child == 0:
        try:
            do()
        finally:
            os._exit(0)
    return child


def killed(child):
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def is_at_work(table):
    return any(run["state"] == "RUNNING" for run in table.runs)


def test_a_table_is_computed_at_a_service_and_published(table):
    result = table.materialize()

    assert result.success
    assert table.published == [1, 2, 3]
    assert table.environment.ledger.at_work() == []


def test_what_nothing_has_changed_for_is_not_submitted_again(table):
    table.materialize()

    assert table.materialize().success
    assert len(table.runs) == 1


def test_the_job_of_a_killed_orchestrator_is_followed_by_the_next(table):
    table.takes(4)
    child = forked(table.materialize)
    assert becomes(lambda: is_at_work(table))
    assert becomes(lambda: table.environment.ledger.at_work()[0].handle)
    killed(child)

    result = table.materialize()

    assert result.success
    assert table.published == [1, 2, 3]
    assert len(table.runs) == 1
    assert "3 notes" in said(result, table)


def test_the_job_of_a_killed_orchestrator_that_ended_meanwhile_is_used(table):
    table.takes(1)
    child = forked(table.materialize)
    assert becomes(lambda: is_at_work(table))
    killed(child)
    assert becomes(lambda: [run["state"] for run in table.runs] == ["SUCCESS"])

    result = table.materialize()

    assert result.success
    assert table.published == [1, 2, 3]
    assert len(table.runs) == 1


def test_a_job_whose_handle_was_never_written_down_is_followed(table, monkeypatch):
    table.takes(4)
    with monkeypatch.context() as patched:
        patched.setattr(
            "seniorlink_assets.ledger.Ledger.submitted",
            lambda _ledger, _entry, _handle: os.kill(os.getpid(), signal.SIGKILL),
        )
        os.waitpid(forked(table.materialize), 0)
    (entry,) = table.environment.ledger.at_work()
    assert entry.handle is None

    result = table.materialize()

    assert result.success
    assert table.published == [1, 2, 3]
    assert len(table.runs) == 1


def test_an_orchestrator_that_is_killed_before_it_submits_is_in_nobodys_way(table, monkeypatch):
    monkeypatch.setattr("seniorlink_assets.launchers.submitting._FIND_SECONDS", 1)
    with monkeypatch.context() as patched:
        patched.setattr(
            table.service, "submit", lambda _command: os.kill(os.getpid(), signal.SIGKILL)
        )
        os.waitpid(forked(table.materialize), 0)

    result = table.materialize()

    assert result.success
    assert len(table.runs) == 1


def test_an_orphan_is_reaped(table):
    table.takes(60)
    child = forked(table.materialize)
    assert becomes(lambda: is_at_work(table))
    assert becomes(lambda: table.environment.ledger.at_work()[0].handle)
    killed(child)
    (orphan,) = table.environment.ledger.at_work()
    instance = table.checkout.instance
    status = DagsterRunStatus.STARTED
    instance.report_run_failed(create_run_for_test(instance, run_id=orphan.run_id, status=status))

    before = [job.state for job in jobs_at_work(table.environment, instance)]
    reaped = [job.entry.attempt for job in reap(table.environment, instance)]

    assert before == ["orphan"]
    assert reaped == [orphan.attempt]
    assert [run["state"] for run in table.runs] == ["CANCELLED"]


def test_a_job_that_computes_what_nobody_wants_any_more_is_ended(table):
    table.takes(60)
    child = forked(table.materialize)
    assert becomes(lambda: is_at_work(table))
    assert becomes(lambda: table.environment.ledger.at_work()[0].handle)
    killed(child)
    table.land(4, 5)
    table.takes(0.2)

    result = table.materialize()

    assert result.success
    assert table.published == [4, 5]
    assert [run["state"] for run in table.runs] == ["CANCELLED", "SUCCESS"]


def test_a_job_that_succeeds_without_a_manifest_is_no_success(table, amazon):
    table.s3.put_object(Bucket="lake", Key="root/code/entry.py", Body=b"# no-spark sleep=0.2")

    result = table.materialize()

    assert not result.success
    assert table.published == []
