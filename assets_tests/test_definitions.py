"""What loading the catalogue costs every process: no more than Dagster and the declarations."""

import os
import subprocess
import sys

import pytest

from seniorlink_assets.environments import CHECKOUT

LOADED = """
import sys
from seniorlink_assets.definitions import definitions
definitions().get_repository_def().get_all_jobs()
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> set[str]:
    """The modules of a process that has loaded the code location."""
    home = tmp_path_factory.mktemp("home")
    said = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=CHECKOUT,
        env={**os.environ, "SENIORLINK_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(said.stdout.split())


@pytest.mark.parametrize(
    "module", ["boto3", "dagster_aws", "dagster_pyspark", "duckdb", "pyspark", "tableauhyperapi"]
)
def test_the_code_location_imports_nothing_heavy(loaded, module):
    assert module not in loaded


def test_every_file_below_defs_is_loaded(loaded):
    files = sorted((CHECKOUT / "seniorlink_assets" / "defs").rglob("*.py"))

    names = {".".join(file.relative_to(CHECKOUT).with_suffix("").parts) for file in files}

    assert names
    assert names <= loaded
