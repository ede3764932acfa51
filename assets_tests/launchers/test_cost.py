"""What a job used, and what that costs."""

import json
from typing import Any

import pytest

from seniorlink_assets.launchers.cost import (
    X86,
    Rates,
    Usage,
    _table,
    asked_for,
    billed,
    cost,
    rates,
)

RUN = {
    "totalResourceUtilization": {"vCPUHour": 0.5, "memoryGBHour": 2.0, "storageGBHour": 9.0},
    "billedResourceUtilization": {"vCPUHour": 1.0, "memoryGBHour": 4.0, "storageGBHour": 0.5},
}
PRICES = Rates(0.05, 0.006, 0.0001, "a test")


def shown(metadata) -> dict[str, Any]:
    return {name: value.value for name, value in metadata.items()}


def test_what_is_billed_counts_and_not_what_was_used():
    usage = billed(RUN)

    assert usage == Usage(1.0, 4.0, 0.5, "billed by EMR Serverless")


@pytest.mark.parametrize(
    "run",
    [
        {},
        {"billedResourceUtilization": {}},
        {"billedResourceUtilization": {"vCPUHour": 0.0, "memoryGBHour": 0.0}},
        {"totalResourceUtilization": RUN["totalResourceUtilization"]},
    ],
)
def test_hours_that_the_service_has_not_counted_yet_are_unknown_and_not_nothing(run):
    said = shown(cost(billed(run), PRICES))

    assert said == {"cost": "unknown: the service has not counted it yet"}


def test_dollars_are_hours_by_rates():
    said = shown(cost(billed(RUN), PRICES))

    assert said == {
        "vCPU hours": 1.0,
        "memory GB hours": 4.0,
        "storage GB hours": 0.5,
        "hours are": "billed by EMR Serverless",
        "dollars": 0.07405,
        "dollars are by": "a test",
    }


def test_the_table_has_the_rates_of_a_region_and_says_whose_they_are():
    found = rates("us-east-1")

    assert found is not None
    assert (found.vcpu, found.memory_gb, found.storage_gb) == (0.052624, 0.0057785, 0.000111)
    assert found.source.startswith(f"{X86} in us-east-1: EMR Serverless on demand, https://aws")


@pytest.mark.parametrize("region", _table("emr_serverless")["rates"])
def test_every_rate_is_a_few_cents_at_most(region):
    found = rates(region)

    assert found is not None
    assert 0.04 < found.vcpu < 0.1
    assert 0.004 < found.memory_gb < 0.01
    assert 0.0001 <= found.storage_gb < 0.001


@pytest.mark.parametrize(
    ("region", "architecture"), [("mars-north-1", X86), ("us-east-1", "ARM64"), ("", X86)]
)
def test_hours_are_shown_without_dollars_where_no_rate_is_known(region, architecture):
    said = shown(cost(billed(RUN), rates(region, architecture)))

    assert said["vCPU hours"] == 1.0
    assert "dollars" not in said
    assert said["cost"] == (
        "unknown: no rates are known for it where it ran; set SENIORLINK_EMR_RATES"
    )


def test_a_job_on_nodes_is_said_to_have_what_it_asked_for():
    conf = {
        "spark.driver.cores": "2",
        "spark.driver.memory": "2g",
        "spark.executor.instances": "3",
        "spark.executor.cores": "4",
        "spark.executor.memory": "10g",
        "spark.executor.memoryOverhead": "2048",
    }

    usage = asked_for(conf, seconds=1800)

    assert usage is not None
    assert usage.vcpu_hours == pytest.approx((2 + 3 * 4) / 2)
    assert usage.memory_gb_hours == pytest.approx((2 + 0.375 + 3 * 12) / 2)
    assert usage.said_by.startswith("asked for by the job")


def test_a_large_heap_is_given_a_tenth_more():
    usage = asked_for({"spark.executor.instances": "0", "spark.driver.memory": "20g"}, 3600)

    assert usage is not None
    assert usage.memory_gb_hours == pytest.approx(22)


@pytest.mark.parametrize(
    "conf",
    [
        {},
        {"spark.executor.instances": "some"},
        {"spark.executor.instances": "1", "spark.executor.memory": "much"},
        {"spark.executor.instances": "1", "spark.driver.cores": "two"},
    ],
)
def test_settings_that_do_not_say_how_much_are_no_usage(conf):
    assert asked_for(conf, 3600) is None


def test_nodes_have_no_rates_of_their_own():
    usage = asked_for({"spark.executor.instances": "1"}, 3600)

    said = shown(cost(usage, None))

    assert said["cost"] == "unknown: no rates are known for it where it ran"


def test_metadata_is_plain_numbers_and_text():
    said = shown(cost(billed(RUN), PRICES))

    assert json.loads(json.dumps(said)) == said
