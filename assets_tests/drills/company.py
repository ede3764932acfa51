"""A company for drills: ten daily tables side by side, and a chain from landing to extract."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from assets_tests.bench.copied_checkout import checkout_declaring
from assets_tests.bench.home import CHECKOUT

DAYS = ("2025-01-02", "2025-01-03")
WARD = tuple(f"ward/t{number}" for number in range(10))
"""They read `drill/pulses`, and nothing reads them."""

READINGS, TOTALS, OVERVIEW = "drill/readings", "drill/totals", "tableau/overview"
CHAIN = (READINGS, TOTALS, OVERVIEW)
"""Each reads the one before it; the first reads `drill/gauges`."""

ROWS = {**dict.fromkeys(WARD, 20), READINGS: 150_000, TOTALS: 1, OVERVIEW: 150_000}
"""The rows of one day; all of them say which version of its landing file they were made from."""

_DEFS = "seniorlink_assets/defs"
_LANDING = '''
"""What the drills land."""

from seniorlink_assets.landing import landing_set
from spark.contract import LandingColumn

{sets}
'''
_SET = """
{name} = landing_set(
    "drill/{name}",
    description="One line per day.",
    format="csv",
    columns=[LandingColumn("day", "The day."), LandingColumn("version", "How often it landed.")],
    owners=["team:drill"],
)
"""
_TABLE = '''
"""One row per {grain}."""

{imports}
from seniorlink_assets.{module} import {declare}
from spark.contract import Column

{name} = {declare}(
    "{key}",
    description=__doc__,
    columns=[
        Column("n", "bigint", "The number."),
        Column("day", "date", "Its day."),
        Column("version", "bigint", "The version of the landing file."),
    ],
    primary_key={primary_key},
    {partition}inputs=[{inputs}],
    owners=["team:drill"],
)
'''
_DAILY = 'partition_by="day",\n    '
_EXPLODED = """
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def {name}({given}: DataFrame) -> DataFrame:
    rows = {given}.sparkSession.range({rows})
    found = {given}.select("day", "version").crossJoin(rows)
    return found.select(
        F.col("id").alias("n"),
        F.col("day").cast("date").alias("day"),
        F.col("version").cast("bigint").alias("version"),
    )
"""
_TOTALS = "SELECT count(*) AS n, day, max(version) AS version FROM readings GROUP BY day"
_OVERVIEW = (
    "SELECT readings.n, day, readings.version FROM readings JOIN totals USING (day, version)"
)


def write_company(folder: Path) -> Path:
    """A checkout that declares the company, and holds its processes where a drill wants them."""
    sets = "".join(_SET.format(name=name) for name in ("pulses", "gauges"))
    files = {
        f"{_DEFS}/automation.py": (CHECKOUT / _DEFS / "automation.py").read_text(),
        f"{_DEFS}/landing/drill.py": _LANDING.format(sets=sets),
        f"{_DEFS}/{TOTALS}.py": _table(TOTALS, ["drill.readings readings"], primary_key='["day"]'),
        f"spark/{TOTALS}.sql": _TOTALS,
        f"{_DEFS}/{OVERVIEW}.py": _table(
            OVERVIEW, ["drill.readings readings", "drill.totals totals"], declare="tableau_extract"
        ),
        f"spark/{OVERVIEW}.sql": _OVERVIEW,
    }
    for key in (*WARD, READINGS):
        given, name = "pulses" if key in WARD else "gauges", key.partition("/")[2]
        files[f"{_DEFS}/{key}.py"] = _table(key, [f"landing.drill {given}"], partition=_DAILY)
        files[f"spark/{key}.py"] = _EXPLODED.format(name=name, given=given, rows=ROWS[key])
    checkout_declaring(folder, files)
    settings = folder / "dagster.yaml"
    # Those who are held keep their slot.
    text = settings.read_text().replace("default_limit: 4", "default_limit: 12")
    settings.write_text(text.replace("poll_interval_seconds: 15", "poll_interval_seconds: 1"))
    shutil.copy(Path(__file__).with_name("held_here.py"), folder / "sitecustomize.py")
    (folder / "held").mkdir()
    return folder


def _table(
    key: str,
    given: Sequence[str],
    *,
    declare: str = "redshift_table",
    partition: str = "",
    primary_key: str = '["n", "day"]',
) -> str:
    names = [place.rpartition(" ")[2] for place in given]
    return _TABLE.format(
        grain="day" if key == TOTALS else "number and day",
        imports="\n".join(
            f"from seniorlink_assets.defs.{place.replace(' ', ' import ')}" for place in given
        ),
        inputs=", ".join(names),
        module="tableau" if declare == "tableau_extract" else "redshift",
        declare=declare,
        key=key,
        name=key.partition("/")[2],
        primary_key=primary_key,
        partition=partition,
    )
