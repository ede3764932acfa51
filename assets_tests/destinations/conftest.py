"""Places to publish in, empty for every test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assets_tests.destinations.place import Place
from assets_tests.destinations.places import PLACES
from assets_tests.destinations.redshift_place import RedshiftPlace, on_doubles
from assets_tests.warehouses.redshift.amazon import lasting_amazon  # noqa: F401


@pytest.fixture
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Place]:
    """Makes one by its name."""

    def make(name: str) -> Place:
        kind, folder = PLACES[name], tmp_path / "published"
        if not issubclass(kind, RedshiftPlace):
            return kind(folder)
        doubles = request.getfixturevalue("lasting_amazon"), request.getfixturevalue("redshift")
        return on_doubles(kind, folder, *doubles)

    return make
