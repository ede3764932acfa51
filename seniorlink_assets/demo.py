"""Bring the whole catalogue up to date, and say what came of it."""

import time
from datetime import date

from dagster import DagsterInstance
from rich.console import Console

from seniorlink_assets.demo_report import show_places
from seniorlink_assets.environments import environment
from seniorlink_assets.recovery.foreground import Foreground
from seniorlink_assets.recovery.recover import spark_jobs
from seniorlink_assets.recovery.scope import scope
from seniorlink_assets.recovery.shown import recover_shown


def materialize_all(first_day: str, last_day: str, console: Console) -> bool:
    """Brings everything up to date over a range of days; False if an asset failed.

    KeyboardInterrupt once all its jobs have ended, if somebody stops it.
    """
    started, bound = time.monotonic(), environment()
    about = scope(bound, (), date.fromisoformat(first_day), date.fromisoformat(last_day))
    known = sorted(about.known, key=lambda table: table.key)
    with Foreground.opened(bound.home, DagsterInstance.get(), "demo") as foreground:
        planned = about.plan(bound, foreground.instance)
        done, lines = recover_shown(planned, known, foreground, bound, console)
    show_places(bound, known, console)
    failed = [line for line in lines if not line.is_up_to_date]
    console.print(
        f"assets: {len(lines) - len(failed)} fresh, {len(failed)} failed; "
        f"spark jobs: {spark_jobs(done, bound)}; seconds: {time.monotonic() - started:.0f}",
        highlight=False,
        soft_wrap=True,
    )
    return not failed
