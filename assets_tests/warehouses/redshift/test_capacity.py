"""How much Redshift takes at once, and how seldom it is asked."""

import json
import time

import pytest

from assets_tests.doubles.aws.running import REGION
from assets_tests.storages import on_disk
from seniorlink_assets.launchers.aws import Aws, AwsError
from seniorlink_assets.warehouses.redshift.capacity import (
    Capacity,
    RememberedCapacity,
    of_workgroup,
)
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed

FOUR, EIGHT = Capacity(4), Capacity(8, 8)
FAILURES = [RedshiftFailed("It is away.", trouble="lost"), AwsError("It is away.", "away")]


class Asked:
    """Answers as it is told to, and counts."""

    def __init__(self, answer: Capacity | Exception | None) -> None:
        self.answer, self.times = answer, 0

    def __call__(self) -> Capacity | None:
        self.times += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def storage(tmp_path):
    return on_disk(tmp_path)


def keep(storage, capacity: Capacity, age: float) -> None:
    fields = {**vars(capacity), "asked": time.time() - age}
    storage.put("dwh.json", json.dumps(fields).encode())


@pytest.mark.parametrize("capacity", [FOUR, EIGHT], ids=["cluster", "workgroup"])
def test_redshift_is_asked_once_by_all_processes_of_a_home(storage, capacity):
    asked = Asked(capacity)

    found = [RememberedCapacity(storage, "dwh.json", asked).get() for _ in range(3)]

    assert found == [capacity] * 3
    assert asked.times == 1


def test_redshift_is_asked_again_after_a_day(storage):
    keep(storage, FOUR, age=25 * 3600)

    assert RememberedCapacity(storage, "dwh.json", Asked(EIGHT)).get() == EIGHT


@pytest.mark.parametrize("failure", FAILURES, ids=["Redshift", "AWS"])
def test_what_was_known_serves_until_redshift_answers_again(storage, failure):
    asked = Asked(failure)
    capacity = RememberedCapacity(storage, "dwh.json", asked)

    assert capacity.get() is None
    keep(storage, FOUR, age=25 * 3600)
    assert capacity.get() == FOUR
    assert asked.times == 2


def test_a_cluster_shows_its_slices(dwh):
    assert dwh.warehouse.slices == 4


def test_a_workgroup_has_a_slice_for_each_unit_it_is_billed_by(amazon, redshift):
    amazon.redshift(redshift, workgroup="company-dwh")
    client = amazon.client("redshift-serverless")
    base = client.get_workgroup(workgroupName="company-dwh")["workgroup"]["baseCapacity"]

    assert of_workgroup(Aws(REGION), "company-dwh") == Capacity(base, base)
