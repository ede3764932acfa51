"""The whole catalogue on doubles of AWS and of Redshift: what `make demo-aws` does."""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from assets_tests.doubles.cloud import Cloud, cloud
from assets_tests.doubles.same_rows import Row, Tables, in_duckdb, in_redshift
from seniorlink_assets.asked import every_table
from seniorlink_assets.calendar import ZONE
from seniorlink_assets.environments import CHECKOUT, home_folder, jobs_at_once
from spark.contract import Contract

_OURS = ("SENIORLINK_", "AWS_", "DAGSTER_")


def main() -> None:
    """Computes what has landed in the home, compares it with the home's tables, ends all."""
    parser = argparse.ArgumentParser(prog="python -m assets_tests.doubles.demo")
    parser.add_argument("--caregivers", default="2000")
    parser.add_argument("--days", type=int, default=60)
    asked = parser.parse_args()
    here = home_folder()
    if not (here / "landing").is_dir():
        first = datetime.now(ZoneInfo(ZONE)).date() - timedelta(days=asked.days)
        size = ("--caregivers", asked.caregivers, "--days", str(asked.days))
        _seniorlink({"SENIORLINK_HOME": str(here)}, "seed", *size, "--first-day", str(first))
    with tempfile.TemporaryDirectory(prefix="seniorlink-doubles-") as folder:
        home = Path(folder, "home")
        home.mkdir()
        (home / "landing").symlink_to(here / "landing")
        with cloud(Path(folder)) as there:
            _say("A double of AWS and one of Redshift are on 127.0.0.1; these settings name them:")
            settings = {
                **there.settings,
                "SENIORLINK_HOME": str(home),
                "SENIORLINK_JOBS": str(jobs_at_once("local")),
            }
            _say("".join(f"export {name}={shlex.quote(settings[name])}\n" for name in settings))
            there.land(here / "landing")
            _seniorlink(settings, "demo")
            is_same = _compared(here, there)
            if sys.stdin.isatty():
                _say("Both go on until you press Enter; the settings above work in any terminal.")
                sys.stdin.readline()
    sys.exit(not is_same)


def _compared(here: Path, there: Cloud) -> bool:
    """Whether every table holds the rows that the DuckDB of the home holds; says so of each."""
    if not (here / "warehouse.duckdb").exists():
        _say(f"{here} has no tables to compare these with; `make demo` makes them.")
        return True
    differing = 0
    for contract in (table.contract for table in every_table()):
        if contract.kind == "table":
            rows, rejects = _all(in_redshift(there), contract)
            try:
                is_same = _all(in_duckdb(here), contract) == (rows, rejects)
                word = "the same" if is_same else "NOT THE SAME"
            except duckdb.CatalogException:
                is_same, word = False, "NOT IN THE HOME"
            differing += not is_same
            _say(f"{contract.key:<30}{len(rows):>10,} rows {len(rejects):>7,} rejects  {word}")
    _say(f"tables that are not as in {here / 'warehouse.duckdb'}: {differing}")
    return not differing


def _all(tables: Tables, contract: Contract) -> tuple[list[Row], list[Row]]:
    return tables.rows(contract), tables.rejects(contract)


def _seniorlink(settings: Mapping[str, str], *words: str) -> None:
    """Runs the command, as in a shell where nothing but this is set; ends with it if it fails."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    _say(f"$ seniorlink {' '.join(words)}")
    done = subprocess.run(
        [sys.executable, "-m", "seniorlink_assets.cli", *words],
        cwd=CHECKOUT,
        env={**others, **settings},
        check=False,
    )
    if done.returncode:
        sys.exit(done.returncode)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
