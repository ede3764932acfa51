"""What every launcher promises whose jobs run at a service."""

import json

import pytest

from assets_tests.launchers.remote_jobs import SERVICES, WAITS, RemoteJobs
from seniorlink_assets.launchers.base import JobFailed, State

pytestmark = pytest.mark.minutes


@pytest.fixture(params=SERVICES)
def jobs(request, amazon, tmp_path):
    return RemoteJobs(amazon, tmp_path, SERVICES[request.param](amazon, tmp_path))


def test_a_job_that_succeeds_is_followed_to_its_end(jobs):
    ran = jobs.run("job.log('half of it'); driver.sleep(1); job.log('all of it')")

    assert ran.error is None
    assert [line for line in ran.log if "of it" in line] == ["half of it", "all of it"]
    assert jobs.launcher.state(ran.papers, ran.handles[0]) == State("succeeded")


def test_the_log_of_a_run_says_what_the_job_is_and_how_it_is(jobs):
    ran = jobs.run()

    (job,) = ran.handles
    first, *states = [line for line in ran.log if line.startswith("The job is ")]
    assert first.startswith(f"The job is {job['id']} of {jobs.service.name} ")
    assert "; " in first
    assert states[-1] in ("The job is SUCCESS", "The job is COMPLETED")


def test_what_a_job_says_is_seen_while_it_runs(jobs):
    meanwhile = jobs.run_meanwhile(WAITS)

    assert meanwhile.hears("it waits")
    assert jobs.at_work
    assert meanwhile.end().error is None


def test_a_job_is_told_its_order_and_where_its_papers_are(jobs):
    ran = jobs.run("job.log(job.order['attempt'] + ' ' + job.order['code_package'])")

    assert f"{ran.papers.place.rpartition('/')[2]} shipped" in ran.log


def test_a_job_that_fails_fails_with_its_own_sentence(jobs):
    ran = jobs.run("job.fail('LookupError: there is no mood')")

    assert str(ran.failure) == "LookupError: there is no mood"
    assert not ran.failure.transient
    assert ran.failure.explanation is not None
    assert ran.failure.explanation.kind == "code"


def test_a_job_that_says_nothing_of_why_fails_with_its_exit_code(jobs):
    ran = jobs.run("driver.exit(3)")

    assert str(ran.failure) == (
        "The job ended with 3 and said nothing of why; see the logs of the service."
    )


def test_the_end_of_the_drivers_log_is_kept_with_the_papers(jobs):
    ran = jobs.run("raise LookupError('there is no mood')")

    assert b"LookupError: there is no mood" in (ran.papers.read("stderr.log") or b"")
    assert ran.failure.explanation is not None
    assert "Traceback (most recent call last):" in ran.failure.explanation.log
    assert "mood" not in repr(ran.failure.explanation)


def test_an_interrupt_ends_the_job(jobs):
    ran = jobs.interrupt()

    assert not isinstance(ran.error, JobFailed)
    assert [job["stopped"] for job in jobs.double.jobs] in (["cancelled"], ["killed"])
    assert jobs.at_work == []


def test_a_job_that_takes_longer_than_it_may_is_ended(jobs):
    ran = jobs.run(WAITS, seconds=2)

    assert str(ran.failure).startswith("The job was ended because it took longer than its timeout")
    assert jobs.at_work == []


def test_whoever_has_the_handle_can_follow_the_job_and_hears_all_it_said(jobs):
    meanwhile = jobs.run_meanwhile("job.log('before'); job.wait(); job.log('after')")
    meanwhile.hears("before")

    meanwhile.ran.go_on()
    second = jobs.follow(meanwhile.ran.papers, meanwhile.ran.handles[0])
    meanwhile.end()

    assert second.error is None
    assert [line for line in second.log if line in ("before", "after")] == ["before", "after"]


def test_a_job_that_ended_meanwhile_can_be_followed(jobs):
    first = jobs.run("job.log('done')")

    second = jobs.follow(first.papers, first.handles[0])

    assert second.error is None
    assert "done" in second.log


def test_a_job_that_failed_meanwhile_fails_whoever_follows_it(jobs):
    first = jobs.run("job.fail('there is no mood')")

    second = jobs.follow(first.papers, first.handles[0])

    assert str(second.failure) == "there is no mood"


def test_a_job_whose_handle_was_never_written_down_is_found(jobs):
    meanwhile = jobs.run_meanwhile()

    found = jobs.launcher.find(meanwhile.ran.papers)

    assert found is not None
    assert found["id"] == meanwhile.ran.handles[0]["id"]
    meanwhile.end()


def test_a_job_whose_handle_was_never_written_down_is_found_when_it_is_over(jobs):
    ran = jobs.run()

    found = jobs.launcher.find(ran.papers)

    assert found is not None
    assert found["id"] == ran.handles[0]["id"]


def test_a_job_that_was_never_submitted_is_not_looked_for(jobs):
    found = jobs.launcher.find(jobs.order().papers)

    assert found is None
    assert jobs.asked("ListJobRuns") == 0


def test_to_cancel_a_job_that_is_over_does_no_harm(jobs):
    ran = jobs.run()

    jobs.launcher.cancel(ran.papers, ran.handles[0])

    assert jobs.launcher.state(ran.papers, ran.handles[0]) == State("succeeded")


def test_a_job_is_over_when_its_cancelling_is(jobs):
    meanwhile = jobs.run_meanwhile()

    jobs.launcher.cancel(meanwhile.ran.papers, meanwhile.ran.handles[0])

    assert jobs.at_work == []
    assert str(meanwhile.end().failure) == (
        "Somebody ended the job at its service; materialize again."
    )


@pytest.mark.parametrize(
    "chunk",
    [
        b"{not json\n",
        b"\xff\xfe\n",
        b'{"method": "unheard of", "params": {}}\n',
        b"[]\n",
        b"\n",
    ],
)
def test_a_message_that_is_broken_fails_nothing(jobs, chunk):
    ran = jobs.run(
        f"""
        job.chunks += 1
        driver.write(f"{{job.papers}}/messages/{{job.chunks}}.json", {chunk!r})
        job.log("after it")
        """
    )

    assert ran.error is None
    assert "after it" in ran.log


def test_a_job_that_says_nothing_at_all_is_judged_by_its_service(jobs):
    jobs.ship("pass")
    jobs.s3.put_object(Bucket="lake", Key=jobs._entry, Body=b"# no-spark sleep=1")
    order = jobs.order()

    ran = jobs.give(order, jobs.new(order.papers))

    assert ran.error is None


def test_every_job_is_named_for_its_table_and_its_attempt(jobs):
    ran = jobs.run()

    attempt = ran.papers.place.rpartition("/")[2]
    assert [job["name"] for job in jobs.double.jobs] == [f"trial/notes#{attempt}"]


def test_the_papers_say_what_was_submitted(jobs):
    ran = jobs.run()

    command = json.loads(ran.papers.read("command.json") or b"")
    assert command["name"].startswith("trial/notes#")
    assert "--py-files" in command["options"]
