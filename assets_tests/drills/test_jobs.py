"""Ten tables whose Spark jobs lose their JVM, their driver or their step."""

import pytest

from assets_tests.drills.company import WARD

pytestmark = pytest.mark.minutes

POINTS = {
    "ward/t0": "spark.compute:compute before",
    "ward/t1": "spark.compute:compute after",
    "ward/t2": "spark.compute:compute before",
    "ward/t3": "spark.compute:refuse_undeclared_drops before",
    "ward/t4": "spark.contract.manifest:Manifest.commit after",
    "ward/t5": "seniorlink_assets.ledger:Ledger.submitted before",
    "ward/t6": "seniorlink_assets.launchers.local:LocalLauncher.submit before",
}
JVMS, PROCESSES = ("ward/t0", "ward/t1"), ("ward/t2", "ward/t3", "ward/t4", "ward/t5", "ward/t6")


@pytest.fixture(scope="module")
def killed(drill):
    """The drill after its recovery, and what was published before."""
    begun = drill("pulses")
    home = begun.home
    home.hold(POINTS)
    command = home.start_recovery(SENIORLINK_JOBS="10")
    held = home.held(*POINTS)
    home.hold_nobody()
    home.kill(*(held[key].jvm for key in JVMS), *(held[key].pid for key in PROCESSES))
    for key in JVMS:
        home.release(held[key])
    assert command.wait() == 1, home.said(command)
    published = begun.published()
    home.recover()
    return begun, published


@pytest.mark.parametrize(
    ("key", "jobs"),
    [
        pytest.param("ward/t0", 2, id="a JVM killed before its job computes"),
        pytest.param("ward/t1", 1, id="a JVM killed after its job has committed"),
        pytest.param("ward/t2", 2, id="a driver killed before it computes"),
        pytest.param("ward/t3", 2, id="a driver killed between its rows and its manifest"),
        pytest.param("ward/t4", 1, id="a driver killed after its manifest"),
        pytest.param("ward/t5", 1, id="a step killed before it wrote down the job's handle"),
        pytest.param("ward/t6", 1, id="a step killed between the claim and the job"),
    ],
)
def test_only_a_job_that_was_killed_before_its_commit_is_run_again(killed, key, jobs):
    drill, _ = killed

    assert drill.spark_jobs()[key] == jobs


def test_the_neighbours_of_those_that_were_killed_are_published_at_once(killed):
    drill, published = killed

    assert {published[key] for key in WARD if key not in POINTS} == {drill.version}


def test_what_lost_its_job_before_the_commit_stays_as_it_was(killed):
    drill, published = killed

    assert {published[key] for key in PROCESSES} == {drill.version - 1}


def test_recovery_brings_everything_up_to_date_and_leaves_nothing_behind(killed):
    drill, _ = killed

    drill.ends_well()
