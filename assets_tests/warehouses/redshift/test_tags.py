"""All that a load asks of Redshift tells whose it is."""

import pytest

from assets_tests.destinations.redshift_place import RedshiftDataApiPlace, RedshiftPlace
from assets_tests.warehouses.redshift.dwh import MONDAY, TUESDAY, notes
from seniorlink_assets.warehouses.redshift.transport import Tag
from spark.contract import Column

BY_DAY = notes(
    partition_by="noted_on",
    columns=(
        Column("noted_on", "date", "The day."),
        Column("mood", "super", "What was answered.", nullable=True),
    ),
)
TAG = Tag("a run", BY_DAY.key)
OF_THE_DATA_API = ("begin transaction", "commit")


@pytest.mark.parametrize("kind", [RedshiftPlace, RedshiftDataApiPlace])
def test_every_statement_of_a_load_names_its_run_and_asset(dwh, redshift, kind):
    dwh.warehouse = kind(dwh.place.folder, dwh.place.settings).destination()
    assert dwh.warehouse.slices  # which is asked once a day, on behalf of nobody
    redshift.statements.clear()

    for day in (MONDAY, TUESDAY):
        rejects = [("notes.csv", 7, "has no mood", "{}")]
        staged = dwh.publish(BY_DAY, dwh.day(BY_DAY, day, "[1]", rejects=rejects))
        assert dwh.warehouse.housekeep(staged, "a run") == []

    said = [
        (group, text)
        for _, group, text in redshift.statements
        if text not in OF_THE_DATA_API and "SET query_group" not in text
    ]
    assert {group for group, _ in said} == {TAG.query_group}
    assert [text for _, text in said if not text.startswith(TAG.comment)] == []
    words = {text.removeprefix(TAG.comment).split()[0] for _, text in said}
    assert words >= {"COPY", "LOCK", "INSERT", "ALTER", "DELETE", "ANALYZE", "SELECT"}
