"""What a job does to its process and its JVM is nothing to any other job."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from assets_tests.launchers.deeds import ALL, IN_ITS_PROCESS, IN_THE_JVM, IN_THE_SESSION, done
from assets_tests.launchers.jobs import WAITS, Jobs, Started
from assets_tests.launchers.places import LOCAL
from assets_tests.launchers.processes import ends, members

pytestmark = pytest.mark.minutes

HARMLESS = {**IN_THE_SESSION, **IN_ITS_PROCESS}
"""What a JVM can be cleaned of."""

FATAL = {
    "leaves by sys.exit": "import sys; sys.exit(0)",
    "leaves by os._exit(3)": "import os; os._exit(3)",
    "ends its JVM": "jvm.java.lang.System.exit(0)",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "fills Python's memory": """
import resource
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
bytearray(8 << 30)
""",
    "stops Spark": "spark.stop()",
    "starts a second Spark": """
from pyspark import SparkContext
SparkContext("local[1]", "second")
""",
    "kills the JVM, then itself": "import os; os.kill(found['jvm'], 9); os.kill(os.getpid(), 9)",
    "stops its JVM, then itself": "import os; os.kill(found['jvm'], 19); os.kill(os.getpid(), 9)",
}


@dataclass(frozen=True)
class Round:
    """A job that did some deeds, and the job that came next."""

    doer: Started
    next: Started


@pytest.fixture(scope="module", params=LOCAL)
def jobs(request, tmp_path_factory) -> Iterator[Jobs]:
    with LOCAL[request.param].opened(tmp_path_factory.mktemp("place")) as launcher:
        yield Jobs(tmp_path_factory.mktemp("jobs"), launcher)


@pytest.fixture(scope="module")
def rounds(jobs) -> dict[str, Round]:
    """By the name of a deed. What a JVM can be cleaned of, one job does together."""
    alone = [{name: deed} for name, deed in IN_THE_JVM.items()]
    groups = [HARMLESS, *(alone if jobs.launcher.pool else [IN_THE_JVM])]
    made = [jobs.run(done(group)) for group in [*groups, {}]]
    return {
        name: Round(made[place], made[place + 1])
        for place, group in enumerate(groups)
        for name in group
    }


@pytest.mark.parametrize("deed", ALL)
def test_the_next_job_sees_nothing_of_what_a_job_does(rounds, deed):
    doer, following = rounds[deed].doer.found, rounds[deed].next.found

    assert doer["after"][deed] != doer["before"][deed]
    assert following["before"][deed] == doer["before"][deed]


@pytest.mark.parametrize("deed", ALL)
def test_the_next_job_has_all_its_rows(rounds, deed):
    assert rounds[deed].next.rows == [1, 2, 3]


@pytest.mark.parametrize("process", ["child", "orphan"])
def test_the_processes_of_a_job_end_with_it(rounds, process):
    assert ends(rounds["leaves processes"].doer.found[process])


def test_the_processes_of_a_jvm_end_with_the_job(rounds):
    assert ends(rounds["leaves a process of the JVM"].doer.found["child"])


def test_one_jvm_serves_jobs_that_leave_nothing_in_it(jobs, rounds):
    if jobs.launcher.pool is None:
        pytest.skip("each job has a JVM of its own")
    doer, following = (job.found for job in vars(rounds["caches"]).values())

    assert following["jvm"] == doer["jvm"]
    assert following["driver"] != doer["driver"]
    assert following["application"] != doer["application"]


@pytest.mark.parametrize("deed", IN_THE_JVM)
def test_a_jvm_that_keeps_something_of_a_job_serves_no_other(rounds, deed):
    doer, following = rounds[deed].doer.found, rounds[deed].next.found

    assert following["jvm"] != doer["jvm"]
    assert ends(doer["jvm"])


@pytest.fixture(scope="module")
def neighbour(jobs) -> Iterator[Started]:
    """A job that runs all the while."""
    started = jobs.start(WAITS)
    started.begins()
    yield started
    started.go_on()
    started.end()


@pytest.fixture(scope="module")
def failures(jobs, neighbour) -> dict[str, Started]:
    return {name: jobs.run(deed, succeeds=False) for name, deed in FATAL.items()}


@pytest.mark.parametrize("deed", FATAL)
def test_a_job_that_dies_fails_and_leaves_no_process(jobs, failures, deed):
    job = failures[deed]

    state = jobs.launcher.state(job.order.papers, job.handle)
    assert (state.phase, job.rows) == ("failed", [])
    assert state.reason
    assert all(ends(pid) for pid in [job.found["jvm"], *members(job.handle["pid"])])


def test_no_two_jobs_that_die_had_the_same_jvm(failures):
    jvms = [job.found["jvm"] for job in failures.values()]

    assert len({*jvms}) == len(jvms)


def test_a_job_that_runs_while_others_die_has_all_its_rows(jobs, failures, neighbour):
    assert jobs.launcher.state(neighbour.order.papers, neighbour.handle).phase == "running"

    neighbour.go_on()

    assert neighbour.end().phase == "succeeded"
    assert neighbour.rows == [1, 2, 3]
