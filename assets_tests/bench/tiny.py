"""The candidate of the overhead: trivial tables in a checkout that declares nothing else."""

from pathlib import Path

from assets_tests.bench.copied_checkout import checkout_declaring

SCHEMA = "bench"

_LANDING = '''
"""What every table reads."""

from seniorlink_assets.landing import landing_set
from spark.contract import LandingColumn

rows = landing_set(
    "bench/rows",
    description="One line per number.",
    format="csv",
    columns=[LandingColumn("n", "The number.")],
    owners=["team:bench"],
)
'''

_TABLE = '''
"""One row per number."""

from seniorlink_assets.defs.landing.bench import rows
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

{name} = redshift_table(
    "bench/{name}",
    description=__doc__,
    columns=[Column("n", "bigint", "The number.")],
    primary_key=["n"],
    inputs=[rows],
    owners=["team:bench"],
)
'''

_JOB = """
import time
from pathlib import Path

from pyspark.sql import DataFrame


def {name}(rows: DataFrame) -> DataFrame:
    (Path({moments!r}) / {name!r}).write_text(repr(time.time()))
    return rows.select("n")
"""


def write_tiny(folder: Path, moments: Path, names: list[str]) -> Path:
    """The checkout with these tables, whose transforms write when they began to `moments`."""
    files = {"seniorlink_assets/defs/landing/bench.py": _LANDING}
    for name in names:
        files[f"seniorlink_assets/defs/bench/{name}.py"] = _TABLE.format(name=name)
        files[f"spark/bench/{name}.py"] = _JOB.format(name=name, moments=str(moments))
    return checkout_declaring(folder, files)


def land(home: Path, first: int) -> None:
    """Lands ten numbers, other ones than before, so that every table has to be computed."""
    folder = home / "landing" / "bench" / "rows" / "2025-01-01"
    folder.mkdir(parents=True, exist_ok=True)
    numbers = "\n".join(str(number) for number in range(first, first + 10))
    (folder / "rows.csv").write_text(f"n\n{numbers}\n", encoding="utf-8")
