"""Tables that are up to date, before something bad comes in."""

import shutil
from pathlib import Path

import pytest

from assets_tests.bad_input.ward import Ward, fill


@pytest.fixture(scope="session")
def published_home(tmp_path_factory) -> Path:
    ward = Ward(tmp_path_factory.mktemp("ward"))
    fill(ward)
    return ward.home


@pytest.fixture
def ward(tmp_path, published_home) -> Ward:
    ward = Ward(tmp_path)
    shutil.copytree(published_home, ward.home, dirs_exist_ok=True)
    return ward
