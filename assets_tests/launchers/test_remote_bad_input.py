"""What is wrong with a setting or an account is one sentence, before money is spent."""

import pytest

from assets_tests.launchers.remote_jobs import NOTHING, RemoteJobs, emr_serverless
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.launchers.base import JobFailed
from seniorlink_assets.sentence import SentenceError


def refused(jobs):
    """The sentence with which a job is not submitted."""
    try:
        ran = jobs.run(NOTHING)
    except SentenceError as error:
        assert jobs.double.jobs == []
        return str(error)
    assert isinstance(ran.error, SentenceError), ran.error
    assert jobs.double.jobs == []
    return str(ran.error)


def with_settings(jobs, **settings):
    """The same launcher with other settings of the service."""
    for name, value in settings.items():
        setattr(jobs.service, name, value)
    return jobs


@pytest.mark.parametrize("id", ["", "my-application", "arn:aws:emr-serverless:x", "00F1"])
def test_an_id_that_is_none(jobs, id):
    sentence = refused(with_settings(jobs, application=id))

    assert sentence.startswith(f"SENIORLINK_EMR_APPLICATION is {id!r}; write the id of")


def test_an_application_that_is_not_there(jobs):
    sentence = refused(with_settings(jobs, application="00fabcdefghijklm"))

    assert sentence == (
        "There is no EMR Serverless application 00fabcdefghijklm in us-east-1; set "
        "SENIORLINK_EMR_APPLICATION and AWS_REGION to those of one"
    )


def test_an_application_of_another_region(jobs):
    sentence = refused(with_settings(jobs, aws=Aws("eu-west-1")))

    assert "in eu-west-1; set SENIORLINK_EMR_APPLICATION and AWS_REGION" in sentence


def test_an_application_that_is_stopped_and_does_not_start_by_itself(amazon, tmp_path):
    service = emr_serverless(amazon, tmp_path, autoStartConfiguration={"enabled": False})
    client = amazon.client("emr-serverless")
    client.start_application(applicationId=service.application)
    client.stop_application(applicationId=service.application)

    sentence = refused(RemoteJobs(amazon, tmp_path, service))

    assert "is STOPPED, and does not start by itself; start it" in sentence


def test_a_stopped_application_that_starts_by_itself_is_fine(amazon, tmp_path):
    service = emr_serverless(amazon, tmp_path)
    client = amazon.client("emr-serverless")
    client.start_application(applicationId=service.application)
    client.stop_application(applicationId=service.application)

    assert RemoteJobs(amazon, tmp_path, service).run().error is None


def test_an_application_that_is_gone(jobs):
    jobs.double.client("emr-serverless").delete_application(applicationId=jobs.service.place)

    assert "is TERMINATED, and does not start by itself" in refused(jobs)


def test_an_application_of_another_kind(amazon, tmp_path):
    service = emr_serverless(amazon, tmp_path, type="HIVE")

    assert "is of the type Hive; set" in refused(RemoteJobs(amazon, tmp_path, service))


@pytest.mark.parametrize("role", ["seniorlink-job", "arn:aws:s3:::lake", ""])
def test_a_role_that_is_none(jobs, role):
    assert refused(with_settings(jobs, role=role)).startswith("SENIORLINK_EMR_ROLE is ")


def test_a_role_that_is_not_there_fails_the_job_with_its_setting(jobs):
    role = "arn:aws:iam::123456789012:role/nobody"

    ran = with_settings(jobs, role=role).run()

    assert "see that SENIORLINK_EMR_ROLE names a role that exists" in str(ran.failure)


def test_a_bucket_that_may_not_be_written_to(jobs):
    jobs.ship(NOTHING)
    order = jobs.order()
    jobs.double.faults.order("deny", service="s3", operation="PutObject")

    ran = jobs.give(order, jobs.new(order.papers))

    assert isinstance(ran.error, JobFailed)
    assert "s3:PutObject" in str(ran.error)
    assert jobs.double.jobs == []


def test_a_clock_that_is_off(jobs):
    jobs.double.faults.order("skew", service="emr-serverless")

    assert "set this machine's clock" in refused(jobs)


def test_credentials_that_have_expired(jobs):
    s3 = jobs.s3
    jobs.double.expire_credentials()
    jobs.s3 = s3

    with pytest.raises(JobFailed, match="sign in again, for instance with `aws sso login`"):
        jobs.order()


def test_credentials_that_nobody_knows(jobs, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")

    with pytest.raises(JobFailed, match="AWS does not know the credentials"):
        jobs.order()


def test_an_endpoint_that_cannot_be_reached(jobs, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("time.sleep", lambda _seconds: None)

    with pytest.raises(JobFailed, match=r"http://127\.0\.0\.1:9\S* cannot be reached") as caught:
        jobs.order()
    assert caught.value.transient


def test_settings_that_are_too_long(jobs):
    ran = jobs.run(NOTHING, spark_conf={"spark.driver.defaultJavaOptions": "x" * 110_000})

    assert "of which EMR Serverless takes 102,400; give it fewer in spark_conf" in str(ran.error)
    assert jobs.double.jobs == []


def test_partitions_with_characters_that_tags_refuse(jobs):
    ran = jobs.run(
        NOTHING,
        fingerprints={"1|x y": "a", "ü€": "b"},
        manifests={"1|x y": "a", "ü€": "b"},
    )

    assert ran.error is None
    assert jobs.described(ran)["tags"]["seniorlink:partitions"] == "1_x y..__ _2_"


def test_an_order_larger_than_any_command_line(jobs):
    days = {f"day-{number}": "f" * 60 for number in range(4000)}

    ran = jobs.run(
        "job.log(f\"{len(job.order['fingerprints'])} days\")", fingerprints=days, manifests=days
    )

    assert "4000 days" in ran.log


def test_an_entry_point_that_was_not_shipped(jobs):
    jobs._entry = "code/nothing/entry.py"
    order = jobs.order()

    ran = jobs.give(order, jobs.new(order.papers))

    assert "The job's entry point is not where it was shipped to" in str(ran.error)
