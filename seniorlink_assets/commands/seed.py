"""Write the landing files of the sample company."""

from datetime import date

import click

from seniorlink_assets.calendar import FIRST_DAY
from seniorlink_assets.command_options import CAREGIVERS, Day
from seniorlink_assets.dagster_home import prepare_home
from seniorlink_assets.environments import home_folder


@click.command(help=__doc__)
@CAREGIVERS
@click.option("--days", type=click.IntRange(1, 3660), default=60, show_default=True)
@click.option(
    "--first-day", type=Day(), default=FIRST_DAY, show_default=True, help="The oldest day."
)
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same bytes.")
@click.option(
    "--dirt",
    type=click.FloatRange(0, 100),
    default=1.0,
    show_default=True,
    help="0 is clean, 2 twice as dirty.",
)
def command(caregivers: int, days: int, first_day: date, seed: int, dirt: float) -> None:
    prepare_home()
    seed_landing(caregivers, days, first_day, seed, dirt)


def seed_landing(
    caregivers: int, days: int, first_day: date, seed: int = 7, dirt: float = 1.0
) -> None:
    """Seeds the company of this home, and says how large it is."""
    from seniorlink_assets.sample.company import seed_company

    try:
        report = seed_company(
            home_folder() / "landing",
            caregivers=caregivers,
            days=days,
            first_day=first_day,
            seed=seed,
            dirt=dirt,
        )
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"seeded {report.rows:,} rows in {report.files:,} files "
        f"({report.bytes / 1e6:.0f} MB) in {report.seconds:.1f} s"
    )
