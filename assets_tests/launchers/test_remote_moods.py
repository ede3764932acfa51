"""A service in all its moods: what is waited out, what is refused, and what is never done twice."""

from dataclasses import replace

import pytest

from assets_tests.launchers.remote_jobs import WAITS, RemoteJobs
from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.base import NotEnded

SLOWLY = "job.log('it waits'); driver.sleep(3)"


def started(jobs):
    """How many jobs there ever were."""
    return len(jobs.double.jobs)


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("throttle", {"operation": "ListJobRuns", "times": 7}),
        ("throttle", {"operation": "GetJobRun", "times": 7}),
        ("error", {"operation": "ListJobRuns", "times": 7, "status": 503}),
        ("error", {"operation": "GetJobRun", "times": 7}),
        ("drop", {"operation": "ListJobRuns", "times": 7}),
        ("drop", {"operation": "GetJobRun", "times": 7, "when": "after"}),
        ("error", {"service": "s3", "times": 5, "status": 503}),
        ("throttle", {"service": "s3", "times": 5}),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(map(str, value.values())),
)
def test_a_service_that_does_not_answer_for_a_while_costs_no_job(jobs, kind, details):
    meanwhile = jobs.run_meanwhile(SLOWLY)

    jobs.double.faults.order(kind, **details)
    ran = meanwhile.end()

    assert ran.error is None
    assert started(jobs) == 1
    assert jobs.double.faults.met == [details["times"]]


def test_a_spell_of_silence_is_told_once(jobs):
    meanwhile = jobs.run_meanwhile(SLOWLY)

    jobs.double.faults.order("throttle", operation="ListJobRuns", times=9)
    ran = meanwhile.end()

    (warning,) = ran.warnings
    assert warning.startswith("AWS is asked too often just now to list the jobs at work")
    assert "AWS answers again" in ran.log


def test_credentials_that_expire_in_mid_job_are_waited_for(jobs):
    meanwhile = jobs.run_meanwhile(WAITS)

    jobs.double.expire_credentials()
    warned = meanwhile.hears("The AWS credentials have expired with which to list the jobs at work")
    jobs.double.renew_credentials()
    answered = meanwhile.hears("AWS answers again")
    jobs.s3 = jobs.double.client("s3")
    ran = meanwhile.end()

    assert (warned, answered) == (True, True)
    assert ran.error is None


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("drop", {"when": "after", "times": 1}),
        ("drop", {"when": "before", "times": 1}),
        ("error", {"times": 2, "status": 500}),
        ("throttle", {"times": 3}),
    ],
)
def test_an_answer_that_is_lost_does_not_double_a_job(jobs, kind, details):
    jobs.ship("pass")
    jobs.double.faults.order(kind, operation="StartJobRun", **details)
    order = jobs.order()

    ran = jobs.give(order, jobs.new(order.papers))

    assert ran.error is None
    assert started(jobs) == 1
    assert len(ran.handles) == 1


def test_a_job_whose_submission_was_never_answered_is_found_and_not_submitted_again(
    jobs, monkeypatch
):
    jobs.ship("pass")
    service = jobs.service
    submit = service.submit

    def unanswered(command):
        submit(command)
        raise AwsError("The connection to AWS was lost", "away")

    monkeypatch.setattr(service, "submit", unanswered)
    order = jobs.order()
    ran = jobs.give(order, jobs.new(order.papers))

    assert ran.error is None
    assert started(jobs) == 1
    assert any("it is tried again" in line for line in ran.warnings)


def test_a_refusal_to_tell_is_one_sentence_and_ends_the_job(jobs):
    meanwhile = jobs.run_meanwhile(WAITS)

    jobs.double.faults.order("deny", operation="ListJobRuns")
    meanwhile.thread.join(timeout=60)

    assert str(meanwhile.ran.failure).startswith(
        "arn:aws:iam::123456789012:user/double may not list the jobs at work in EMR Serverless "
    )
    assert "allow it emr-serverless:ListJobRuns" in str(meanwhile.ran.failure)
    assert jobs.at_work == []


def test_a_job_that_cannot_be_ended_stays_in_the_ledger(jobs):
    jobs.double.faults.order("deny", operation="CancelJobRun")

    ran = jobs.run(WAITS, seconds=2)

    assert isinstance(ran.error, NotEnded)
    assert "end it with `seniorlink jobs --reap`" in str(ran.error)
    assert len(jobs.at_work) == 1


def test_whoever_follows_a_job_that_cannot_be_asked_after_does_not_take_it_for_over(
    jobs, tmp_path, monkeypatch
):
    def refuses():
        raise AwsError("AWS does not allow it", "refused")

    meanwhile = jobs.run_meanwhile(WAITS)
    elsewhere = replace(jobs.service, home=tmp_path / "elsewhere")
    monkeypatch.setattr(elsewhere, "at_work", refuses)
    second = RemoteJobs(jobs.double, tmp_path / "elsewhere", elsewhere)

    followed = second.follow(meanwhile.ran.papers, meanwhile.ran.handles[0])

    assert isinstance(followed.error, NotEnded)
    assert meanwhile.end().error is None


def test_a_job_that_a_fault_of_its_driver_kills_may_be_tried_again(jobs):
    jobs.double.faults.order("kill", job="trial/*", seconds=0.5)

    ran = jobs.run(WAITS)

    assert "exit 137" in str(ran.failure)
    assert ran.failure.transient


def test_a_job_for_which_there_is_no_room_may_be_tried_again(jobs):
    jobs.double.faults.order("capacity", job="trial/*")

    ran = jobs.run()

    assert str(ran.failure).startswith("There was no room for the job where it was to run")
    assert ran.failure.transient


def test_a_job_that_its_service_forgets_is_not_waited_for_forever(jobs, monkeypatch):
    monkeypatch.setattr("seniorlink_assets.launchers.watch.UNLISTED_SECONDS", 2)
    monkeypatch.setattr("seniorlink_assets.launchers.ending.UNLISTED_SECONDS", 2)
    jobs.double.faults.order("lose", job="trial/*", seconds=1)

    ran = jobs.run(WAITS)

    assert str(ran.failure).startswith("The service does not know the job any more")
    assert ran.failure.transient


def test_an_interrupt_while_a_job_is_submitted_leaves_none(jobs, monkeypatch):
    jobs.ship(WAITS)
    submit = jobs.service.submit

    def interrupted(command):
        submit(command)
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs.service, "submit", interrupted)
    order = jobs.order()
    ran = jobs.give(order, jobs.new(order.papers))

    assert isinstance(ran.error, BaseException)
    assert jobs.service.at_work() == {}
    assert order.papers.read("context.json") is None
