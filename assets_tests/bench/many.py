"""Two projects with the same number of assets: tables of this platform, and bare assets.

Both lie in as many files, in folders of fifty, and are loaded by load_from_defs_folder. In each
folder the first reads a landing set or a bare spec, and every other reads the one before it.
"""

from pathlib import Path

from assets_tests.bench.copied_checkout import checkout_declaring, write

_IN_A_FOLDER = 50

NUMBERS = {
    "seniorlink_assets/defs/landing/bench.py": '''
"""One column of numbers."""

from seniorlink_assets.landing import landing_set
from spark.contract import LandingColumn

numbers = landing_set(
    "bench/numbers",
    description="One line per number.",
    format="csv",
    columns=[LandingColumn("n", "The number.")],
    owners=["team:bench"],
)
''',
}
"""The landing set that tables read, as the file that declares it."""

_TABLE = '''
"""One row per number."""

from {package} import {given}
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, in_range

{name} = redshift_table(
    "{schema}/{name}",
    description=__doc__,
    columns=[
        Column("n", "bigint", "The number."),
        Column("day", "date", "Its day."),
        Column("amount_usd", "decimal(12,2)", "Its price.", nullable=True),
    ],
    primary_key=["n"],
    checks=[in_range("amount_usd", 0, 1000)],
    inputs=[{given}],
    owners=["team:bench"],
)
'''

_SPEC = """
import dagster as dg

numbers = dg.AssetSpec(["landing", "bench", "numbers"])
"""

_ASSET = '''
import dagster as dg

from {package} import {given}


@dg.asset(key=["{schema}", "{name}"], deps=[{given}])
def {name}() -> None:
    """One row per number."""
'''

_BARE_DEFINITIONS = """
from pathlib import Path

import dagster as dg


@dg.definitions
def definitions():
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""

_BARE_PROJECT = """
[project]
name = "bare-assets"
version = "0.1.0"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "bare_assets"
"""


def write_tables(folder: Path, count: int) -> Path:
    """A checkout whose catalogue is `count` declared tables."""
    files = {**NUMBERS}
    for schema, name, package, given in _chains("seniorlink_assets.defs", count):
        words = {"schema": schema, "name": name, "package": package, "given": given}
        files[f"seniorlink_assets/defs/{schema}/{name}.py"] = _TABLE.format(**words)
        files[f"spark/{schema}/{name}.sql"] = f"SELECT n, day, amount_usd FROM {given}\n"
    return checkout_declaring(folder, files)


def write_bare(folder: Path, count: int) -> Path:
    """A project of Dagster's own layout with `count` bare assets."""
    files = {
        "pyproject.toml": _BARE_PROJECT,
        "bare_assets/__init__.py": "",
        "bare_assets/definitions.py": _BARE_DEFINITIONS,
        "bare_assets/defs/landing/bench.py": _SPEC,
    }
    for schema, name, package, given in _chains("bare_assets.defs", count):
        words = {"schema": schema, "name": name, "package": package, "given": given}
        files[f"bare_assets/defs/{schema}/{name}.py"] = _ASSET.format(**words)
    write(folder, files)
    return folder


def _chains(defs: str, count: int) -> list[tuple[str, str, str, str]]:
    """Schema and name of every asset, and of which module it reads what."""
    found = []
    for number in range(count):
        schema, name = f"schema_{number // _IN_A_FOLDER}", f"table_{number}"
        package, given = f"{defs}.landing.bench", "numbers"
        if number % _IN_A_FOLDER:
            given = f"table_{number - 1}"
            package = f"{defs}.{schema}.{given}"
        found.append((schema, name, package, given))
    return found
