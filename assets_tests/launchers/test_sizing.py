"""How much of the machine a job gets."""

import pytest

from seniorlink_assets.launchers.sizing import SMALL, sized


def test_a_job_with_little_to_read_gets_the_quick_compiler_and_one_shuffle_partition():
    conf = sized(SMALL, "1g", cores=2)

    assert conf["spark.driver.extraJavaOptions"] == "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
    assert conf["spark.sql.shuffle.partitions"] == "1"


def test_a_job_with_much_to_read_gets_the_full_optimiser_and_a_partition_for_every_32_megabytes():
    conf = sized(10 * SMALL + 1, "1g", cores=2)

    assert "TieredStopAtLevel" not in conf["spark.driver.extraJavaOptions"]
    assert conf["spark.sql.shuffle.partitions"] == "11"


@pytest.mark.parametrize("bytes", [0, 1, SMALL + 1])
def test_a_job_has_the_threads_it_was_given_and_at_least_one_partition(bytes):
    conf = sized(bytes, "1g", cores=3)

    assert conf["spark.master"] == "local[3]"
    assert int(conf["spark.sql.shuffle.partitions"]) >= 1
