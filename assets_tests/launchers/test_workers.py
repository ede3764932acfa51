"""How large the workers of a job are."""

import pytest

from seniorlink_assets.launchers.workers import Worker, worker_conf

GIGABYTE = 1 << 30


def size(conf, role):
    """Cores and gigabytes that Spark's settings ask for, with what is beside the heap."""
    memory = int(conf[f"spark.{role}.memory"].removesuffix("m"))
    overhead = int(conf[f"spark.{role}.memoryOverhead"].removesuffix("m"))
    return Worker(int(conf[f"spark.{role}.cores"]), (memory + overhead) // 1024)


def test_a_small_table_gets_one_small_executor():
    conf = worker_conf(1 << 20)

    assert (size(conf, "driver"), size(conf, "executor")) == (Worker(1, 4), Worker(1, 4))
    assert conf["spark.executor.instances"] == "1"
    assert conf["spark.dynamicAllocation.enabled"] == "false"


def test_a_large_table_gets_more_of_larger_ones():
    conf = worker_conf(40 * GIGABYTE)

    assert size(conf, "executor") == Worker(4, 16)
    assert conf["spark.dynamicAllocation.maxExecutors"] == "10"


def test_no_table_gets_more_than_a_share():
    assert worker_conf(100_000 * GIGABYTE)["spark.dynamicAllocation.maxExecutors"] == "32"


@pytest.mark.parametrize("prepared", [Worker(1, 4), Worker(2, 8), Worker(4, 14)])
def test_workers_that_wait_started_are_asked_for_exactly(prepared):
    conf = worker_conf(1 << 20, prepared, prepared)

    assert (size(conf, "driver"), size(conf, "executor")) == (prepared, prepared)


def test_workers_that_are_too_small_are_left_alone():
    conf = worker_conf(40 * GIGABYTE, Worker(1, 2), Worker(2, 8))

    assert (size(conf, "driver"), size(conf, "executor")) == (Worker(1, 4), Worker(4, 16))


def test_workers_that_are_far_too_large_are_left_alone():
    assert size(worker_conf(1 << 20, None, Worker(16, 120)), "executor") == Worker(1, 4)
