"""A chain of the real catalogue, from landing files to an extract, on a real Spark cluster."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets_tests.checkout import Checkout
from assets_tests.launchers.places import PLACES, Place
from seniorlink_assets.definitions import definitions
from seniorlink_assets.lake import Lake
from seniorlink_assets.sample.company import seed_company

pytestmark = pytest.mark.minutes

FIRST, LAST = "2025-03-01", "2025-03-10"
BY_DAY = ["care/daily_notes"]
WHOLE = [
    "enrolment/programmes",
    "enrolment/consumers",
    "enrolment/enrolments",
    "outcomes/wellbeing_by_month",
    "tableau/wellbeing",
]


def computed(folder: Path, place: Place) -> Lake:
    """The lake of a small company whose chain was computed there."""
    folder.mkdir()
    with place.opened(folder / "place") as launcher:
        checkout = Checkout.at(folder, launcher)
        landing = checkout.home / "landing"
        seed_company(landing, caregivers=60, days=10, first_day=date.fromisoformat(FIRST), dirt=2)
        assets = [*(definitions().assets or [])]
        for keys, days in ((BY_DAY, f"{FIRST}...{LAST}"), (WHOLE, None)):
            selected = dg.AssetSelection.assets(*(key.split("/") for key in keys))
            assert checkout.materialize(*assets, select=selected, days=days).success
    return checkout.environment.lake


def published(lake: Lake, key: str) -> Mapping[str, Any]:
    """By partition, what its manifest says of the rows; a hash of the rows is part of it."""
    found = {}
    for partition, pointer in lake.all_published(key).items():
        manifest = lake.manifest(pointer.place)
        found[partition] = {
            name: getattr(manifest, name)
            for name in ("rows", "content", "rejects", "reject_reasons", "inputs", "drops", "sums")
        }
    return found


@pytest.fixture(scope="module")
def lakes(tmp_path_factory) -> Mapping[str, Lake]:
    folder = tmp_path_factory.mktemp("companies")
    names = {"here": "local, warm", "on the cluster": "cluster"}
    return {where: computed(folder / name[:5], PLACES[name]) for where, name in names.items()}


@pytest.mark.parametrize("key", [*BY_DAY, *WHOLE])
def test_what_a_cluster_computes_is_what_this_machine_computes(lakes, key):
    here, there = published(lakes["here"], key), published(lakes["on the cluster"], key)

    assert here == there
    assert sum(partition["rows"] for partition in here.values()) > 0


def test_a_manifest_names_the_code_that_was_shipped(lakes):
    lake = lakes["on the cluster"]

    shipped = [path.name for path in Path(lake.storage.url, "code").glob("[!.]*")]

    pointers = [each for key in WHOLE for each in lake.all_published(key).values()]
    assert {lake.manifest(pointer.place).code_package for pointer in pointers} == {*shipped}
