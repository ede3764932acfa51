"""A warehouse in the double of Redshift, and what tests do with it."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from assets_tests.destinations.redshift_place import RedshiftPlace, on_doubles
from assets_tests.destinations.snapshots import commit
from assets_tests.doubles.aws.running import Double
from assets_tests.doubles.redshift.running import RedshiftDouble
from seniorlink_assets.destination import Staged
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.redshift import retrying
from spark.contract import Column, Contract

MONDAY, TUESDAY, WEDNESDAY = "2025-01-06", "2025-01-07", "2025-01-08"


def notes(**fields: Any) -> Contract:
    """A table of days; `fields` are what is special about it."""
    return Contract(
        **{
            "key": "care/notes",
            "kind": "table",
            "grain": "One row per note.",
            "columns": (
                Column("noted_on", "date", "The day it is about.", phi="date"),
                Column("mood", "smallint", "1 to 5.", nullable=True),
            ),
            "primary_key": ("noted_on",),
            **fields,
        }
    )


in_every_isolation = pytest.mark.parametrize("dwh", ["snapshot", "serializable"], indirect=True)


class Dwh:
    """One database, and a lake from which it is loaded."""

    def __init__(self, place: RedshiftPlace, lake: Path, aws: Double) -> None:
        self.place, self._lake, self._aws = place, lake, aws
        self.warehouse = place.destination()
        self._number = 0

    def commit(self, contract: Contract, rows: Sequence[tuple], **given: Any) -> Snapshot:
        """A snapshot of these rows, in the lake that Redshift reads."""
        self._number += 1
        snapshot = commit(self._lake, contract, rows, **{"version": f"v{self._number}", **given})
        return self.place.within_reach(snapshot)

    def day(self, contract: Contract, day: str, *moods: int, **given: Any) -> Snapshot:
        """A snapshot of one day with these moods."""
        rows = [(day, mood) for mood in moods]
        return self.commit(contract, rows, partition=day, **given)

    @cached_property
    def s3(self) -> Any:
        """A client of the store that the lake is in."""
        return self._aws.client("s3")

    @property
    def prefix(self) -> str:
        """What the keys of all objects in the lake begin with."""
        return self.place.settings["SENIORLINK_LAKE"].rpartition("/")[2]

    def stage(self, contract: Contract, *snapshots: Snapshot) -> Staged:
        return self.warehouse.stage(contract, snapshots, "a run")

    def publish(self, contract: Contract, *snapshots: Snapshot) -> Staged:
        """Stages and publishes."""
        staged = self.stage(contract, *snapshots)
        self.warehouse.publish(staged, "a run")
        return staged

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """What PostgreSQL itself answers."""
        return self.place.ask(sql)

    def moods(self, contract: Contract) -> list[tuple[str, int]]:
        """What readers see: days and moods, in order."""
        return [(str(day), mood) for day, mood, *_ in self.place.rows(contract)]

    def releases(self, contract: Contract) -> list[tuple[int, str, str, bool]]:
        """Number, partition, version and whether it was the whole table, oldest first."""
        return self.ask(
            'SELECT release_id, "partition", version, is_whole '
            f'FROM seniorlink."{contract.schema}.{contract.name}.releases" ORDER BY 1, 2'
        )


@pytest.fixture
def dwh(
    request: pytest.FixtureRequest,
    lasting_amazon: Double,
    redshift: RedshiftDouble,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Dwh:
    """An empty one, which does not pause between two tries; its parameter is its isolation."""
    monkeypatch.setattr(retrying, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(retrying, "_LONGEST_PAUSE", 0.01)
    isolation = getattr(request, "param", "snapshot")
    place = on_doubles(RedshiftPlace, tmp_path / "home", lasting_amazon, redshift, isolation)
    return Dwh(place, tmp_path / "lake", lasting_amazon)
