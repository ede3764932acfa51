"""What is told of a job that failed at a service."""

import json

import pytest

from assets_tests.launchers.papers_in import papers_in
from seniorlink_assets.launchers.diagnosis import diagnose
from seniorlink_assets.launchers.service import LOST, ServiceState

FAILED = "Job failed, please check complete logs in configured logging destination. "
DETAILS = {
    "Java is out of memory": (
        f"{FAILED}ExitCode: 1. Last few exceptions: java.lang.OutOfMemoryError: Java heap space",
        "memory",
        False,
    ),
    "the driver is killed": (
        f"{FAILED}ExitCode: 137. Last few exceptions: Driver container was killed.",
        "killed",
        True,
    ),
    "the application is full": (
        "Worker could not be allocated as the application has exceeded maximumCapacity settings: "
        "[cpu: 4 vCPU] (ApplicationMaxCapacityExceededException).",
        "capacity",
        True,
    ),
    "the account is full": (
        "Job failed as account has reached the service limit on the maximum vCPU it can use "
        "concurrently (ServiceQuotaExceededException).",
        "capacity",
        True,
    ),
    "the entry point is missing": (
        'Exception in thread "main" java.nio.file.NoSuchFileException: '
        "s3://lake/code/6d0e/entry.py: The specified key does not exist. (Status Code: 404)",
        "code",
        True,
    ),
    "S3 refuses": (
        "java.nio.file.AccessDeniedException: s3://lake/x: Access Denied (Status Code: 403)",
        "permission",
        False,
    ),
    "the role is not there": (
        "Could not assume the execution role arn:aws:iam::1:role/x because it does not exist or "
        "is not set up with the required trust relationship.",
        "permission",
        False,
    ),
    "it takes too long": (
        "Job run was cancelled as it exceeded its timeout of 5 minutes.",
        "timeout",
        False,
    ),
    "YARN kills a container": (
        "ExecutorLostFailure: Container killed by YARN for exceeding physical memory limits. "
        "5.5 GB of 5.5 GB physical memory used.",
        "memory",
        False,
    ),
    "Kubernetes kills a pod": ("The executor with id 3 was OOMKilled", "memory", False),
    "a disk is full": ("java.io.IOException: No space left on device", "disk", False),
    "a spot machine is taken": ("Spot instance interruption notice", "killed", True),
    "the service has a fault": ("INTERNAL_ERROR", "service", True),
    "nothing is said": ("", "spark", False),
}


@pytest.fixture
def papers(tmp_path):
    papers = papers_in(tmp_path / "attempt")
    papers.put("job.json", b"{}")
    return papers


def failed(details=""):
    return ServiceState("failed", "FAILED", details)


@pytest.mark.parametrize(
    ("details", "kind", "is_transient"), DETAILS.values(), ids=list(DETAILS.keys())
)
def test_what_the_service_says_chooses_a_sentence(papers, details, kind, is_transient):
    found = diagnose(papers, failed(details))

    assert (found.kind, found.transient) == (kind, is_transient)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize("told", ["Java is out of memory", "S3 refuses", "the driver is killed"])
def test_the_log_of_the_driver_chooses_a_sentence_where_the_service_says_little(papers, told):
    details, kind, is_transient = DETAILS[told]
    papers.put("stderr.log", f"20:00:00 INFO SparkContext: ok\n{details}\n".encode())

    found = diagnose(papers, failed(f"{FAILED}ExitCode: 1."))

    assert (found.kind, found.transient) == (kind, is_transient)


def test_details_that_hold_values_are_never_shown(papers):
    said = f"{FAILED}ExitCode: 1. Last few exceptions: ValueError: Jane Doe, 1931-04-02"
    papers.put("stderr.log", b"ValueError: Jane Doe, 1931-04-02\n")

    found = diagnose(papers, failed(said))

    assert found.sentence == (
        f"The job ended with 1 and said nothing of why; see {papers.where}/stderr.log."
    )
    assert "Jane" not in repr(found)


def test_what_the_job_has_said_itself_is_better_than_any_guess(papers):
    said = {"sentence": "LookupError: no mood", "kind": "code", "transient": False, "trace": []}
    papers.put("failure.json", json.dumps(said).encode())

    found = diagnose(papers, failed(f"{FAILED}ExitCode: 1. AccessDenied"))

    assert (found.sentence, found.kind) == ("LookupError: no mood", "code")


def test_a_job_that_is_ended_while_it_fails_has_been_ended(papers):
    said = {"sentence": "It was interrupted.", "kind": "killed", "transient": True, "trace": []}
    papers.put("failure.json", json.dumps(said).encode())

    found = diagnose(
        papers, ServiceState("cancelled", "CANCELLED", "it exceeded its timeout of 5 minutes")
    )

    assert (found.kind, found.transient) == ("timeout", False)


def test_a_job_that_somebody_cancels_is_not_tried_again(papers):
    found = diagnose(papers, ServiceState("cancelled", "CANCELLED"))

    assert found.sentence == "Somebody ended the job at its service; materialize again."
    assert not found.transient


def test_a_job_that_is_lost_may_be_tried_again(papers):
    found = diagnose(papers, ServiceState("failed", LOST))

    assert found.transient


def test_what_was_found_is_kept_with_the_papers(papers):
    found = diagnose(papers, failed("INTERNAL_ERROR"))

    assert json.loads(papers.read("failure.json"))["sentence"] == found.sentence


def test_a_log_that_mentions_killed_tasks_does_not_mean_a_killed_driver(papers):
    papers.put("stderr.log", b"20:00:00 WARN TaskSetManager: Lost task 0.0: TaskKilled (killed)\n")

    assert diagnose(papers, failed(f"{FAILED}ExitCode: 1.")).kind == "spark"
