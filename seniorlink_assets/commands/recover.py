"""Compute what is failed, missing or stale, and what lies below it."""

import os
import sys
from datetime import date

import click

from seniorlink_assets.commands.plan import asked, ends
from seniorlink_assets.dagster_home import prepare_home
from seniorlink_assets.environments import check_settings, environment


@click.command(help=__doc__)
@asked
@click.option("--dry-run", is_flag=True, help="Show the plan and do nothing.")
def command(
    keys: tuple[str, ...],
    since: date | None,
    days: tuple[date, date] | None,
    allow_breaking: bool,
    dry_run: bool,
) -> None:
    first, last = ends(since, days)
    os.environ.update(prepare_home())
    check_settings()
    bound = environment()

    from dagster import DagsterInstance

    from seniorlink_assets.materialize import ALLOW_BREAKING_TAG
    from seniorlink_assets.recovery.foreground import Foreground
    from seniorlink_assets.recovery.recover import fewest_spark_jobs, spark_jobs
    from seniorlink_assets.recovery.report import show_plan, wide_console
    from seniorlink_assets.recovery.scope import scope
    from seniorlink_assets.recovery.shown import recover_shown

    about, console = scope(bound, keys, first, last), wide_console()
    if dry_run:
        with DagsterInstance.get() as instance:
            show_plan(about.plan(bound, instance, allow_breaking=allow_breaking), console)
        return
    with Foreground.opened(bound.home, DagsterInstance.get(), "recover") as foreground:
        planned = about.plan(bound, foreground.instance, allow_breaking=allow_breaking)
        show_plan(planned, console)
        wrong = {finding.key for finding in planned.findings if finding.state != "held"}
        touched = [table for table in about.tables if table.key in wrong]
        tags = {ALLOW_BREAKING_TAG: "true"} if allow_breaking else {}
        done, lines = recover_shown(planned, touched, foreground, bound, console, tags)
    console.print(
        f"recovered: {spark_jobs(done, bound)} spark jobs, "
        f"{fewest_spark_jobs(done, bound)} minimum, monolith: {len(about.known)}",
        highlight=False,
        soft_wrap=True,
    )
    if not all(line.is_up_to_date for line in lines):
        sys.exit(1)
