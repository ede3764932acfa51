"""Seed the company if nothing has landed; materialize everything."""

import os
import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from seniorlink_assets.calendar import FIRST_DAY, ZONE
from seniorlink_assets.command_options import CAREGIVERS
from seniorlink_assets.commands.seed import seed_landing
from seniorlink_assets.dagster_home import prepare_home
from seniorlink_assets.environments import check_settings, environment, home_folder
from seniorlink_assets.recovery.finished_days import finished_days


@click.command(help=__doc__)
@CAREGIVERS
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=60,
    show_default=True,
    help="Up to yesterday.",
)
def command(caregivers: int, days: int) -> None:
    os.environ.update(prepare_home())
    check_settings()
    landing, today = home_folder() / "landing", datetime.now(ZoneInfo(ZONE)).date()
    if landing.is_dir() and any(landing.iterdir()):
        click.echo(f"{landing} is there already and is kept")
    else:
        first_day = today - timedelta(days=days)
        if first_day < date.fromisoformat(FIRST_DAY):
            most = (today - date.fromisoformat(FIRST_DAY)).days
            raise click.ClickException(
                f"the company's days begin on {FIRST_DAY}; ask for at most --days {most}"
            )
        seed_landing(caregivers, days, first_day)
    finished = finished_days(environment().landed)
    if not finished:
        raise click.ClickException(
            f"{landing} holds no day from {FIRST_DAY} to yesterday; "
            "bring one there, or remove the folder to have a company seeded"
        )

    from rich.console import Console

    from seniorlink_assets.demo import materialize_all

    if not materialize_all(finished[0], finished[-1], Console()):
        sys.exit(1)
