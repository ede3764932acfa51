"""How much of the machine a job gets."""

import pytest

from seniorlink_assets.launchers.sizing import SMALL, for_copy, sized

QUICK = "-XX:TieredStopAtLevel=1"


def test_a_job_with_little_to_read_gets_the_quick_compiler():
    assert QUICK in sized(SMALL, "1g", cores=2)["spark.driver.extraJavaOptions"]


def test_a_job_with_much_to_read_gets_the_full_optimiser():
    assert QUICK not in sized(SMALL + 1, "1g", cores=2)["spark.driver.extraJavaOptions"]


@pytest.mark.parametrize(
    ("bytes", "partitions"), [(0, 1), (1, 1), (8 << 20, 1), (8 << 20 | 1, 2), (80 << 20, 10)]
)
def test_a_job_shuffles_into_a_partition_for_every_8_megabytes(bytes, partitions):
    conf = sized(bytes, "1g", cores=2)

    assert conf["spark.sql.shuffle.partitions"] == str(partitions)


def test_a_job_has_the_threads_and_the_heap_it_was_given():
    conf = sized(1, "3g", cores=3)

    assert conf["spark.master"] == "local[3]"
    assert conf["spark.driver.memory"] == "3g"


def test_what_copy_loads_is_written_in_as_many_files_as_there_are_slices():
    assert for_copy(12) == {
        "spark.sql.adaptive.coalescePartitions.minPartitionNum": "12",
        "spark.sql.adaptive.coalescePartitions.minPartitionSize": "8m",
        "spark.sql.adaptive.advisoryPartitionSizeInBytes": "128m",
    }
