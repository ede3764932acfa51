"""What EMR Serverless does for a job besides running it."""

import json

import pytest

from assets_tests.launchers.processes import becomes
from assets_tests.launchers.remote_jobs import WAITS, RemoteJobs, emr_serverless
from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.cost import Rates


def test_a_job_that_its_service_ends_has_taken_too_long(jobs):
    jobs.double.time(minute=0.003, pace=0.05)

    ran = jobs.run(WAITS)

    assert ran.failure.explanation is not None
    assert ran.failure.explanation.kind == "timeout"


def test_a_job_has_a_timeout_at_its_service_too(jobs):
    ran = jobs.run(seconds=600)

    assert jobs.described(ran)["executionTimeoutMinutes"] == 15


def test_a_job_is_asked_after_once_a_second_at_most(jobs, monkeypatch):
    monkeypatch.setattr("seniorlink_assets.launchers.waiting._OFTEN", 1.0)

    ran = jobs.run("driver.sleep(4)")

    assert ran.error is None
    assert jobs.asked("ListJobRuns") <= 8
    assert jobs.asked("GetJobRun") <= 2


def test_what_a_job_cost_is_told_of_its_asset(jobs):
    ran = jobs.run()

    assert ran.metadata["vCPU hours"].value > 0
    assert ran.metadata["dollars"].value > 0
    assert ran.metadata["job"].value == ran.handles[0]["id"]
    assert becomes(lambda: not jobs.at_work)


def test_a_job_may_do_no_more_than_its_session_policy_allows(jobs):
    papers = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::lake/root/jobs/*"}
    shared = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/code/*", "arn:aws:s3:::lake/logs/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [papers, shared]})
    jobs.launcher.policy = lambda _order, _shipped: policy

    within = jobs.run("job.log('within')")
    beyond = jobs.run("driver.write('s3://lake/root/published/x', b'')")

    assert "within" in within.log
    assert "AWS refused the job what it needs (access denied)" in str(beyond.failure)
    assert jobs.described(beyond)["executionIamPolicy"] == {"policy": policy}


def test_driver_and_executors_write_no_values_of_the_data_to_their_logs(jobs):
    ran = jobs.run()

    told = jobs.described(ran)["configurationOverrides"]["applicationConfiguration"]
    said = {each["classification"]: each["properties"] for each in told}
    assert {*said} == {"spark-driver-log4j2", "spark-executor-log4j2"}
    for properties in said.values():
        assert properties["rootLogger.level"] == "warn"
        assert properties["appender.console.layout.pattern"].endswith("%n%ex{none}")


def test_a_job_is_as_large_as_the_workers_that_wait_started(amazon, tmp_path):
    worker = {"workerCount": 1, "workerConfiguration": {"cpu": "2 vCPU", "memory": "8 GB"}}
    service = emr_serverless(
        amazon, tmp_path, initialCapacity={"DRIVER": worker, "EXECUTOR": worker}
    )
    jobs = RemoteJobs(amazon, tmp_path, service)

    conf = jobs.order().job.spark_conf

    assert (conf["spark.driver.cores"], conf["spark.executor.cores"]) == ("2", "2")
    assert conf["spark.executor.memory"] == "6554m"
    assert conf["spark.executor.memoryOverhead"] == "1638m"


def test_a_table_may_ask_for_other_sizes(jobs):
    ran = jobs.run(spark_conf={"spark.executor.memory": "20g", "spark.sql.ansi.enabled": "true"})

    spark = jobs.described(ran)["jobDriver"]["sparkSubmit"]
    assert "spark.executor.memory=20g" in spark["sparkSubmitParameters"]
    assert "spark.sql.ansi.enabled" not in spark["sparkSubmitParameters"]


def test_a_job_carries_what_people_look_for_as_tags(jobs):
    jobs.launcher.tags = {"team": "care"}

    ran = jobs.run()

    tags = jobs.described(ran)["tags"]
    assert tags["team"] == "care"
    assert tags["seniorlink:table"] == "trial/notes"
    assert tags["seniorlink:attempt"] == ran.papers.place.rpartition("/")[2]


def test_what_the_account_pays_counts_where_it_is_known(jobs):
    jobs.service.rates = Rates(1000.0, 0.0, 0.0, "a contract")

    ran = jobs.run()

    assert ran.metadata["dollars"].value == pytest.approx(
        1000 * ran.metadata["vCPU hours"].value, rel=1e-3
    )


def test_a_cost_that_cannot_be_had_fails_no_job(jobs, monkeypatch):
    def away(_handle, _conf):
        raise AwsError("AWS is asked too often", "busy")

    monkeypatch.setattr(jobs.service, "cost", away)
    ran = jobs.run()

    assert ran.error is None
    assert ran.warnings == ["What the job has cost is not known: AWS is asked too often"]
