"""What is done after a release, and what is said of a load."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from assets_tests.warehouses.redshift.dwh import MONDAY, TUESDAY, notes
from seniorlink_assets.warehouses.redshift.housekeeping import after_release, load_figures
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Session, Tag
from spark.contract import Column

NOTES, BY_DAY = notes(), notes(partition_by="noted_on")
ANSWERS = Column("answers", "super", "What was answered.", nullable=True)
NESTED = replace(NOTES, columns=(*NOTES.columns, ANSWERS))
VACUUM = 'VACUUM FULL "care"."notes"'
ANALYZE = 'ANALYZE "care"."notes" PREDICATE COLUMNS'
TAG = Tag("5d0a7c1e-0000-4000-8000-000000000000", "care/notes")


class Told(Session):
    """Remembers what it is told; what begins with `fails` fails, a SELECT finds `found`."""

    def __init__(self, found: tuple[Any, ...] = (), *, fails: str = "nothing") -> None:
        self.found, self.fails = found, fails
        self.said: list[str] = []

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.execute(sql)
        return [self.found]

    def execute(self, sql: str) -> None:
        self.said.append(sql)
        if sql.startswith(self.fails):
            raise RedshiftFailed("Redshift is busy with another.", trouble="busy")

    def transaction(self, statements: Sequence[str]) -> None:
        raise AssertionError(f"{statements} must not be in a transaction")


@pytest.mark.parametrize(
    ("contract", "vacuum", "said"),
    [
        (NOTES, True, []),
        (BY_DAY, False, [ANALYZE]),
        (BY_DAY, True, [VACUUM, ANALYZE]),
        (NESTED, True, [ANALYZE]),
    ],
    ids=["a table that COPY filled", "days", "days to be sorted", "nested answers"],
)
def test_only_what_was_inserted_is_analyzed_and_sorted_if_wished(contract, vacuum, said):
    session = Told()

    assert after_release(session, contract, vacuum=vacuum) == []
    assert session.said == said


def test_upkeep_that_fails_is_a_warning_and_keeps_nothing_else_from_being_done():
    session = Told(fails="VACUUM")

    assert after_release(session, BY_DAY, vacuum=True) == [
        f"{VACUUM} was not done after the release: Redshift is busy with another."
    ]
    assert session.said == [VACUUM, ANALYZE]


def test_the_figures_of_a_load_are_those_of_its_run_and_asset():
    session = Told((Decimal(2_500_000), Decimal(400_000), Decimal(12), Decimal(345)))

    assert load_figures(session, TAG) == {
        "query group": TAG.query_group,
        "seconds in Redshift": 2.5,
        "seconds in Redshift's queue": 0.4,
        "rows copied": 12,
        "bytes copied": 345,
    }
    assert f"q.query_label = '{TAG.query_group}'" in session.said[0]


def test_a_workgroup_is_also_told_in_units_of_its_base_capacity():
    session = Told((Decimal(2_500_000), None, None, None))

    assert load_figures(session, TAG, rpus=8)["RPU-seconds at base capacity"] == 20


def test_a_load_shows_what_the_system_views_tell_of_it(dwh):
    snapshot = dwh.commit(NOTES, [(MONDAY, 1), (TUESDAY, 2)], rejects=[("a.csv", 1, "torn", "{}")])

    figures = dwh.stage(NOTES, snapshot).figures

    copied = (*snapshot.manifest.files, *snapshot.manifest.reject_files)
    assert figures["query group"] == Tag("a run", NOTES.key).query_group
    assert (figures["rows copied"], figures["files copied"]) == (3, len(copied))
    assert figures["bytes copied"] > 0
    assert 0 < figures["seconds in Redshift"] < 60


def test_upkeep_is_what_redshift_takes(dwh, redshift):
    dwh.publish(BY_DAY, dwh.day(BY_DAY, MONDAY, 1))

    with dwh.warehouse._transport.session(TAG) as session:
        assert after_release(session, BY_DAY, vacuum=True) == []
        redshift.faults.order("fail", pattern="^ANALYZE", code="XX000", message="not now")
        assert after_release(session, BY_DAY, vacuum=True) != []


@pytest.mark.parametrize(
    "session", [Told((None,) * 4), Told(fails="SELECT")], ids=["none", "fails"]
)
def test_a_load_needs_no_figures(session):
    assert load_figures(session, TAG, rpus=8) == {"query group": TAG.query_group}
