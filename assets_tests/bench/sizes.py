"""How much is measured, and how often: from the environment, with the demo's size as default."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """The company of the demo, the one for which the monolith needs five minutes, and so on."""

    runs: int
    caregivers: int
    days: int
    large_runs: int
    large_caregivers: int
    loaded_rows: int
    declared_tables: int


def sizes() -> Sizes:
    """What RUNS, CAREGIVERS, DAYS and so on say."""
    runs = _number("RUNS", 5)
    return Sizes(
        runs=runs,
        caregivers=_number("CAREGIVERS", 2000),
        days=_number("DAYS", 60),
        large_runs=_number("LARGE_RUNS", runs),
        large_caregivers=_number("LARGE_CAREGIVERS", 24_000),
        loaded_rows=_number("LOADED_ROWS", 5_000_000),
        declared_tables=_number("DECLARED_TABLES", 1000),
    )


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)
