"""How long a job waits for executors, and what it says of those that it lost."""

import pytest

from spark.cluster import ClusterError, Patience, is_local, lost_executors

LOST = (
    "Job aborted due to stage failure: Task 0 in stage 1.0 failed 4 times, most recent failure: "
    "Lost task 0.3 in stage 1.0 (TID 7) (10.0.0.3 executor 4): ExecutorLostFailure (executor 4 "
    "exited caused by one of the running tasks) Reason: {reason}\nDriver stacktrace:"
)


def looks(patience: Patience, seconds: list[int], *, lacks_executors: bool = True) -> list[str]:
    return [patience.look(second, lacks_executors=lacks_executors) for second in seconds]


def test_a_job_without_executors_says_so_once_and_ends_when_it_has_waited_long_enough():
    patience = Patience("with 1g and 1 core", says_after=10, ends_after=60)

    assert looks(patience, [0, 5, 11, 30, 61]) == ["", "", "says", "", "ends"]
    assert patience.is_over
    assert patience.sentence.startswith(
        "The cluster gave the job no executor with 1g and 1 core within 1 minutes;"
    )


def test_a_job_that_has_an_executor_again_waits_anew():
    patience = Patience("", says_after=10, ends_after=60)
    looks(patience, [0, 50])

    looks(patience, [55], lacks_executors=False)

    assert looks(patience, [59, 70, 110, 120]) == ["", "says", "", "ends"]


@pytest.mark.parametrize(
    "reason",
    [
        "Command exited with code 52",
        "Command exited with code 137",
        "Container killed by YARN for exceeding physical memory limits.",
        "The executor with id 4 exited with exit code 137(SIGKILL, possible container OOM).",
    ],
)
def test_executors_that_ran_out_of_memory_are_told_by_how_they_ended(reason):
    found = lost_executors(RuntimeError(LOST.format(reason=reason)))

    assert isinstance(found, ClusterError)
    assert (found.kind, found.transient) == ("memory", False)
    assert str(found) == (
        "An executor of the job ran out of memory; give it more with SENIORLINK_JOB_MEMORY, or "
        "spark_conf={'spark.executor.memory': ...} in its declaration."
    )


def test_executors_that_were_lost_otherwise_are_worth_another_try():
    found = lost_executors(RuntimeError(LOST.format(reason="worker lost: 10.0.0.3 disassociated")))

    assert found is not None
    assert (found.kind, found.transient) == ("spark", True)


def test_a_job_that_lost_no_executor_has_its_own_error():
    assert lost_executors(RuntimeError("Task 0 in stage 1.0 failed 4 times")) is None


@pytest.mark.parametrize(
    ("conf", "expected"),
    [
        ({}, True),
        ({"spark.master": "local[2]"}, True),
        ({"spark.master": "spark://here:7077"}, False),
        ({"spark.master": "yarn"}, False),
    ],
)
def test_a_job_is_local_unless_its_master_is_another(conf, expected):
    assert is_local(conf) is expected
