"""The candidate of the overhead: trivial tables in a checkout that declares nothing else."""

from pathlib import Path

from assets_tests.bench.copied_checkout import checkout_declaring
from assets_tests.bench.many import NUMBERS

SCHEMA = "bench"

_TABLE = '''
"""One row per number."""

from seniorlink_assets.defs.landing.bench import numbers
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

{name} = redshift_table(
    "bench/{name}",
    description=__doc__,
    columns=[Column("n", "bigint", "The number.")],
    primary_key=["n"],
    inputs=[numbers],
    owners=["team:bench"],
)
'''

_JOB = """
import time
from pathlib import Path

from pyspark.sql import DataFrame


def {name}(numbers: DataFrame) -> DataFrame:
    (Path({moments!r}) / {name!r}).write_text(repr(time.time()))
    return numbers.select("n")
"""


def write_tiny(folder: Path, moments: Path, names: list[str]) -> Path:
    """The checkout with these tables, whose transforms write when they began to `moments`."""
    files = {**NUMBERS}
    for name in names:
        files[f"seniorlink_assets/defs/bench/{name}.py"] = _TABLE.format(name=name)
        files[f"spark/bench/{name}.py"] = _JOB.format(name=name, moments=str(moments))
    return checkout_declaring(folder, files)


def land(home: Path, first: int) -> None:
    """Lands ten numbers, other ones than before, so that every table has to be computed."""
    folder = home / "landing" / "bench" / "numbers" / "2025-01-01"
    folder.mkdir(parents=True, exist_ok=True)
    numbers = "\n".join(str(number) for number in range(first, first + 10))
    (folder / "numbers.csv").write_text(f"n\n{numbers}\n", encoding="utf-8")
