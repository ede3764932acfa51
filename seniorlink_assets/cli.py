"""The `seniorlink` command."""

import os
import socket
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from seniorlink_assets.calendar import FIRST_DAY, ZONE
from seniorlink_assets.dagster_home import HomeError, prepare_home
from seniorlink_assets.environments import (
    CHECKOUT,
    EnvironmentSettingError,
    home_folder,
    process_environment,
)

_SIZE = {"caregivers": 2000, "days": 60}


class _Sentences(click.Group):
    """Shows an error that has a sentence for a person as that sentence."""

    def invoke(self, ctx: click.Context) -> object:
        from seniorlink_assets.destination import DestinationError
        from seniorlink_assets.scaffold import ScaffoldError

        known = (HomeError, EnvironmentSettingError, DestinationError, ScaffoldError)
        try:
            return super().invoke(ctx)
        except known as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tables and extracts as Dagster assets, each computed by its own Spark job."""


@main.command()
@click.option("--caregivers", default=_SIZE["caregivers"], show_default=True)
@click.option("--days", default=_SIZE["days"], show_default=True)
@click.option("--first-day", default=FIRST_DAY, show_default=True, help="The oldest day.")
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same bytes.")
@click.option("--dirt", default=1.0, show_default=True, help="0 is clean, 2 twice as dirty.")
def seed(caregivers: int, days: int, first_day: str, seed: int, dirt: float) -> None:
    """Write the landing files of the sample company into the home."""
    prepare_home()
    _seed(caregivers, days, date.fromisoformat(first_day), seed, dirt)


@main.command()
@click.option("--caregivers", default=_SIZE["caregivers"], show_default=True)
@click.option("--days", default=_SIZE["days"], show_default=True, help="Up to yesterday.")
def demo(caregivers: int, days: int) -> None:
    """Seed the sample company if nothing has landed, then bring the whole catalogue up to date."""
    os.environ.update(prepare_home())
    landing = home_folder() / "landing"
    if landing.is_dir() and any(landing.iterdir()):
        click.echo(f"{landing} is there already and is kept")
    else:
        yesterday = datetime.now(ZoneInfo(ZONE)).date() - timedelta(days=1)
        _seed(caregivers, days, yesterday - timedelta(days=days - 1), seed=7, dirt=1.0)

    from rich.console import Console

    from seniorlink_assets.demo import materialize_all

    landed = sorted({path.name for path in landing.glob("*/*/????-??-??")})
    if not landed:
        raise click.ClickException(f"{landing} holds no days; remove it to have it seeded")
    if not materialize_all(landed[0], landed[-1], Console()):
        sys.exit(1)


@main.command()
@click.option("--port", default=3000, show_default=True)
def dev(port: int) -> None:
    """Open the Dagster UI, with its sensors and schedules, over this home on 127.0.0.1."""
    variables = prepare_home()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"port {port} of 127.0.0.1 is taken; stop what uses it, or choose another with "
                "`seniorlink dev --port 3001` or `make dev PORT=3001`"
            ) from error
    command = [str(Path(sys.executable).parent / "dagster"), "dev"]
    command += ["-w", str(CHECKOUT / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(variables["DAGSTER_HOME"])
    os.execve(command[0], command, {**process_environment(), **variables})


@main.command()
def env() -> None:
    """Print the variables that point the `dagster` command to this home, for `eval`."""
    for name, value in prepare_home().items():
        click.echo(f"export {name}='{value}'")


@main.command()
@click.argument("sql")
def query(sql: str) -> None:
    """Run a SELECT over the warehouse's tables."""
    from seniorlink_assets.environments import environment

    for row in environment().warehouse.query(sql):
        click.echo("\t".join("" if value is None else str(value) for value in row))


@main.command()
@click.argument("key")
@click.option(
    "--reads", multiple=True, help="What it reads: care/messages, landing/clinical/visits."
)
def new(key: str, reads: tuple[str, ...]) -> None:
    """Write the three files of a new table: schema/table."""
    from seniorlink_assets.scaffold import write_table

    for path in write_table(CHECKOUT, key, reads):
        click.echo(f"wrote {path.relative_to(CHECKOUT)}")


def _seed(caregivers: int, days: int, first_day: date, seed: int, dirt: float) -> None:
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
    except (FileExistsError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"seeded {report.rows:,} rows in {report.files:,} files "
        f"({report.bytes / 1e6:.0f} MB) in {report.seconds:.1f} s"
    )
