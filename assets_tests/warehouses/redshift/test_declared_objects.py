"""Who is declared to read can, whatever takes the place of the table, and nobody else."""

from contextlib import closing
from dataclasses import replace

import pytest
import redshift_connector

from assets_tests.warehouses.redshift.dwh import MONDAY, TUESDAY, notes

VIEW = "SELECT mood FROM care.notes"


@pytest.fixture
def read_as(dwh, redshift):
    """Asks as somebody else."""
    database = dwh.place.settings["SENIORLINK_REDSHIFT_DATABASE"]

    def read(user, sql):
        with closing(redshift.connect(database, user=user)) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    for user in ("one", "another"):
        read(user, "SELECT 1")
    return read


def test_a_reader_reads_the_table_and_its_views_before_and_after_a_swap(dwh, read_as):
    table = notes(readers=("user one",), views={"reporting.moods": VIEW})
    other = notes(key="care/others")
    dwh.publish(other, dwh.commit(other, [(MONDAY, 1)]))

    for day, mood in ((MONDAY, 3), (TUESDAY, 4)):
        dwh.publish(table, dwh.commit(table, [(day, mood)]))

        assert read_as("one", "SELECT mood FROM care.notes") == [(mood,)]
        assert read_as("one", "SELECT mood FROM reporting.moods") == [(mood,)]
    for user, place in (("another", "care.notes"), ("one", "care.others")):
        with pytest.raises(redshift_connector.ProgrammingError, match="permission denied"):
            read_as(user, f"SELECT mood FROM {place}")


def test_a_reader_of_a_schema_of_views_never_sees_the_table_below(dwh, read_as):
    table = notes(readers=("user one on schema reporting",), views={"reporting.moods": VIEW})

    for mood in (3, 4):
        dwh.publish(table, dwh.commit(table, [(MONDAY, mood)]))

    assert read_as("one", "SELECT mood FROM reporting.moods") == [(4,)]
    with pytest.raises(redshift_connector.ProgrammingError, match="permission denied"):
        read_as("one", "SELECT mood FROM care.notes")


def test_readers_and_views_may_be_declared_later(dwh, read_as):
    table = notes()
    dwh.publish(table, dwh.commit(table, [(MONDAY, 3)]))
    viewed = replace(table, readers=("user one",), views={"reporting.moods": VIEW})

    dwh.publish(viewed, dwh.commit(viewed, [(MONDAY, 4)]))

    assert read_as("one", "SELECT mood FROM reporting.moods") == [(4,)]


def test_what_is_declared_is_what_is_live(dwh):
    table = notes(
        distribute_by="noted_on", sort_by=("noted_on", "mood"), interleaved=True, readers=()
    )

    dwh.publish(table, dwh.commit(table, [(MONDAY, 3)]))

    assert dwh.warehouse.schema_changes([table]) == {"care/notes": []}
