"""What a destination says of its loads, as a run tells it."""

from dataclasses import replace

import pytest

from assets_tests.checkout import failure
from assets_tests.test_materialize import (
    DAY,
    MOODS,
    DyingWarehouse,
    care,  # noqa: F401
    metadata_of,
)
from seniorlink_assets import declaration
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.lake import Lake


class TalkingWarehouse(DyingWarehouse):
    """A warehouse that reads the lake itself, and has something to say."""

    reads_lake = True

    def __init__(self, real, refusals=()):
        super().__init__(real, "")
        self.refusals = iter(refusals)

    def stage(self, contract, snapshots, run_id):
        for refusal in self.refusals:
            raise refusal
        return replace(super().stage(contract, snapshots, run_id), figures={"files copied": 3})

    def housekeep(self, staged, run_id):
        return [f"{staged.contract.key} was not sorted"]


@pytest.fixture
def talking(care):  # noqa: F811
    def with_refusals(*refusals):
        return care.with_warehouse(TalkingWarehouse(care.checkout.environment.warehouse, refusals))

    care.land(DAY, 3)
    return with_refusals


def test_what_a_load_came_to_is_shown_with_what_it_published(talking):
    first = talking().materialize()
    again = talking().materialize()

    assert metadata_of(first)["files copied"].value == 3
    assert "files copied" not in metadata_of(again)


def test_what_could_not_be_done_after_a_release_is_a_line_in_the_log(talking):
    warehouse = talking()

    result = warehouse.materialize()

    assert result.success
    assert "care/moods was not sorted" in warehouse.log(result)


def test_files_are_not_brought_here_for_who_reads_the_lake(talking, monkeypatch):
    monkeypatch.delattr(Lake, "at_hand")

    assert talking().materialize().success


def test_what_is_known_of_a_failed_load_is_shown_beside_its_sentence(talking):
    refusal = DestinationError("a file is missing", details={"file": "part-0.parquet"})

    result = talking(refusal).materialize()

    assert failure(result) == "care/moods: a file is missing"
    (event,) = [event for event in result.all_node_events if event.is_step_failure]
    shown = event.step_failure_data.user_failure_data.metadata
    assert shown["file"].value == "part-0.parquet"


@pytest.mark.parametrize("transient", [True, False])
def test_only_a_load_that_may_succeed_is_tried_again(care, monkeypatch, transient):  # noqa: F811
    monkeypatch.setattr(declaration, "_FIRST_PAUSE_SECONDS", 0)
    care.declare_moods(MOODS.replace("owners=", "retries=1, owners="))
    care.land(DAY, 3)
    refusal = DestinationError("Redshift is busy", transient=transient)
    once_busy = TalkingWarehouse(care.checkout.environment.warehouse, [refusal])

    result = care.with_warehouse(once_busy).materialize()

    assert result.success == transient
    assert len(care.launcher.jobs) == 1
