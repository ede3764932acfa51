"""Job runs of a virtual cluster of EMR on EKS."""

import pytest

from assets_tests.launchers.remote_jobs import NOTHING, RemoteJobs, emr_eks
from seniorlink_assets.launchers.emr_eks import EmrEksError
from seniorlink_assets.launchers.remote import job_name


@pytest.fixture
def jobs(amazon, tmp_path):
    return RemoteJobs(amazon, tmp_path, emr_eks(amazon, tmp_path))


def test_a_name_that_is_too_long_keeps_the_attempt(jobs):
    attempt = "6d0e3f6a-1f2e3d"

    name = job_name(f"engagement/{'very' * 20}", attempt, jobs.service.longest_name)

    assert len(name) == 64
    assert name.startswith("engagement/very")
    assert name.endswith(f"#{attempt}")


def test_no_tag_is_left_empty(jobs):
    jobs.launcher.tags = {"owner": ""}

    ran = jobs.run(NOTHING)

    described = jobs.double.client("emr-containers").describe_job_run(
        virtualClusterId=jobs.service.place, id=ran.handles[0]["id"]
    )
    assert described["jobRun"]["tags"]["owner"] == "-"


def test_a_cluster_without_room_may_have_some_later(jobs):
    jobs.double.faults.order("capacity", job="trial/*")

    ran = jobs.run(NOTHING)

    assert str(ran.failure).startswith("There was no room for the job where it was to run")
    assert ran.failure.transient


@pytest.mark.parametrize("state", ["missing", "terminated"])
def test_a_cluster_on_which_nothing_can_run_is_one_sentence(jobs, state):
    if state == "missing":
        jobs.service.cluster = "nothing"
    else:
        jobs.double.client("emr-containers").delete_virtual_cluster(id=jobs.service.place)

    with pytest.raises(EmrEksError, match="SENIORLINK_EMR_VIRTUAL_CLUSTER"):
        jobs.service.check()


def test_an_entry_point_that_is_too_long_is_one_sentence(jobs):
    jobs.ship(NOTHING)
    jobs._entry = f"code/{'x' * 300}/entry.py"
    order = jobs.order()

    ran = jobs.give(order, jobs.new(order.papers))

    assert "give SENIORLINK_LAKE a shorter prefix" in str(ran.error)
    assert jobs.double.jobs == []


def test_the_time_that_a_job_had_its_pods_is_what_it_used(jobs):
    assert jobs.run("driver.sleep(1)").metadata["vCPU hours"].value > 0
