"""What is Lambda's own: events that come twice, late or never, and a function that is not there."""

import json

import pytest

from assets_tests.checkout import failure
from assets_tests.launchers.processes import becomes
from assets_tests.launchers.satellite_services import SatelliteJobs
from assets_tests.satellite_table import doing


@pytest.fixture
def jobs(amazon, tmp_path):
    return SatelliteJobs(amazon, tmp_path, "lambda")


def test_an_event_that_lambda_delivers_again_computes_nothing_again(jobs):
    result = jobs.materialize()
    command = json.loads(jobs.paper("context.json"))["extras"]["folder"]
    event = {"papers": command, "code": "s3://lake/root/code/x/code.zip"}

    again = jobs.double.client("lambda").invoke(
        FunctionName="satellite", Payload=json.dumps(event).encode()
    )

    assert result.success
    assert json.loads(again["Payload"].read()) == {"exit": 0}
    assert len(jobs.manifests()) == 1


def test_a_function_ends_its_job_before_lambda_ends_it(jobs):
    jobs.double.client("lambda").update_function_configuration(FunctionName="satellite", Timeout=18)

    result = jobs.materialize(doing("import threading; threading.Event().wait()"))

    assert "took longer than its timeout" in failure(result)
    assert jobs.paper("exit") == "124"
    assert becomes(lambda: jobs.at_work == [])


def test_a_function_that_is_not_there_is_named_before_anything_is_started(jobs):
    jobs.double.client("lambda").delete_function(FunctionName="satellite")

    result = jobs.materialize()

    assert "AWS cannot look at the Lambda function satellite" in failure(result)
    assert jobs.double.jobs == []


def test_the_log_of_a_job_is_where_its_claim_says(jobs):
    jobs.materialize()
    handle = {"id": "r", "at": 0.0, "papers": f"jobs/trial/notes/{jobs.attempts[0]}"}

    group, stream = json.loads(jobs.paper("claim"))["log"]

    assert group == "/aws/lambda/satellite"
    assert stream
    assert jobs.service.log(handle, 1000) is not None


def test_a_person_finds_the_page_of_the_function(jobs):
    links = jobs.service.links({"id": "r", "at": 0.0, "papers": ""})

    assert links["page"].endswith("/functions/satellite?tab=monitoring")
