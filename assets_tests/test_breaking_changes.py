"""A change of the live table that may break its readers is made when a run is allowed to."""

import pytest

from assets_tests.changing_warehouse import ChangingWarehouse
from assets_tests.checkout import failure
from assets_tests.test_materialize import DAY, Care
from assets_tests.test_materialize import care as care
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.materialize import ALLOW_BREAKING_TAG
from seniorlink_assets.schema_change import SchemaChange, cannot_stay

DROPPED = SchemaChange("breaking", "the column note (varchar(9)) is dropped")
LONGER = SchemaChange("widening", "the column note is widened from varchar(8) to varchar(9)")
REFUSED = (
    "care/moods: the column note (varchar(9)) is dropped: that may break its readers, so allow it "
    "with `seniorlink recover --allow-breaking`, or take it back in the declaration"
)


def changing(care: Care, *changes: SchemaChange) -> Care:
    return care.with_warehouse(ChangingWarehouse(care.checkout.home, {"care/moods": changes}))


def test_it_is_refused_before_spark_is_paid_for(care):
    care.land(DAY, 3)

    refused = changing(care, LONGER, DROPPED).materialize()

    assert failure(refused) == REFUSED
    assert care.jobs() == 0


def test_it_is_refused_before_the_load_when_the_snapshot_is_there_already(care):
    care.land(DAY, 3)
    care.materialize()
    (care.checkout.home / "warehouse.duckdb").unlink()

    refused = changing(care, DROPPED).materialize()

    assert failure(refused) == REFUSED
    assert care.jobs() == 1


@pytest.mark.parametrize(
    ("changes", "tags"),
    [([DROPPED], {ALLOW_BREAKING_TAG: "true"}), ([LONGER], {})],
    ids=["allowed", "not breaking"],
)
def test_it_is_made_when_the_run_allows_it_or_breaks_nothing(care, changes, tags):
    care.land(DAY, 3)

    assert changing(care, *changes).materialize(**tags).success
    assert care.published() == [(2, 3)]


def test_nobody_is_asked_where_nothing_is_to_be_loaded(care):
    care.land(DAY, 3)
    care.materialize()

    assert changing(care, DROPPED).materialize().success


class AwayWarehouse(ChangingWarehouse):
    """Answers no question about its columns."""

    def schema_changes(self, contracts):
        raise DestinationError("company on dwh cannot be reached")


def test_a_warehouse_that_is_away_delays_the_load_and_not_the_computation(care):
    care.land(DAY, 3)
    away = care.with_warehouse(AwayWarehouse(care.checkout.home, {}))

    failed = away.materialize()

    assert failure(failed) == "care/moods: company on dwh cannot be reached"
    assert care.jobs() == 1
    assert care.materialize().success
    assert care.jobs() == 1


def test_some_days_cannot_take_a_new_table():
    assert cannot_stay("care/moods", LONGER, 12) == (
        "care/moods: the column note is widened from varchar(8) to varchar(9), which takes a new "
        "table; materialize all of its 12 partitions in one run"
    )
