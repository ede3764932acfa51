"""Commands are about the real catalogue, whatever other tests have declared."""

import pytest

from seniorlink_assets import catalogue
from seniorlink_assets.environments import CHECKOUT


@pytest.fixture
def real_catalogue(catalogue_of_its_own, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of this checkout alone."""
    real = {
        key: declared
        for key, declared in catalogue._by_key.items()
        if getattr(declared, "root", CHECKOUT) == CHECKOUT
    }
    monkeypatch.setattr(catalogue, "_by_key", real)
