"""The sample company: months of landing files, the same bytes for the same seed."""

import json
import shutil
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from seniorlink_assets.sample import (
    billing,
    caregiver_app,
    clinical,
    enrolment,
    people,
    reference,
)
from seniorlink_assets.sample.chance import company_database
from seniorlink_assets.sample.days import create_days
from seniorlink_assets.sample.dirt import create_dirt, spoil_files
from seniorlink_assets.sample.landing_set import write_set

SETS = (*enrolment.SETS, *caregiver_app.SETS, *clinical.SETS, *billing.SETS, *reference.SETS)


@dataclass(frozen=True)
class SeedReport:
    """What was written; `rows` are landing lines without headers."""

    files: int
    rows: int
    bytes: int
    seconds: float


def seed_company(
    landing: Path,
    *,
    caregivers: int = 2000,
    days: int = 60,
    first_day: date = date(2025, 1, 1),
    seed: int = 7,
    dirt: float = 1.0,
) -> SeedReport:
    """Fill `landing` with the history of a company, and `seed.json` beside it with how."""
    if caregivers < 10:
        raise ValueError(f"A company needs at least 10 caregivers, not {caregivers}.")
    if days < 1:
        raise ValueError(f"A history needs at least 1 day, not {days}.")
    if not 0 <= dirt <= 100:
        raise ValueError(f"Dirt is a multiplier from 0 (clean) to 100, not {dirt}.")
    if landing.exists() and any(landing.iterdir()):
        raise FileExistsError(f"{landing} is not empty: remove it or choose another home.")

    started = time.perf_counter()
    staging = landing.parent / f"{landing.name}.seeding"
    if staging.exists():
        shutil.rmtree(staging)
    filled = staging / "landing"
    filled.mkdir(parents=True)
    try:
        with company_database(seed, spill=staging / "spill") as db:
            create_days(db, caregivers=caregivers, days=days, first_day=first_day)
            create_dirt(db, dirt)
            people.create_people(db)
            rows = sum(write_set(db, landing_set, filled) for landing_set in SETS)
            spoil_files(db, filled, dirt)
        sizes = [file.stat().st_size for file in filled.rglob("*") if file.is_file()]
        if landing.exists():
            landing.rmdir()
        filled.rename(landing)
    except duckdb.IOException as cause:
        raise OSError(str(cause)) from cause
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    parameters = {
        "caregivers": caregivers,
        "days": days,
        "first_day": first_day.isoformat(),
        "seed": seed,
        "dirt": dirt,
    }
    (landing.parent / "seed.json").write_text(json.dumps(parameters, indent=2) + "\n", "utf-8")
    return SeedReport(len(sizes), rows, sum(sizes), time.perf_counter() - started)
