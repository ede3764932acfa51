"""The `seniorlink` command."""

import os
import shlex
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
    environment,
    home_folder,
    jobs_at_once,
    process_environment,
)

_CAREGIVERS = click.option(
    "--caregivers", type=click.IntRange(min=10), default=2000, show_default=True
)
_STOPPED = 130
"""What a shell calls a command that was ended with Ctrl-C."""


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
        except KeyboardInterrupt:
            click.echo("Stopped; the same command goes on from here.", err=True)
            sys.exit(_STOPPED)


class _Day(click.ParamType):
    """A day that the company's calendar has."""

    name = "YYYY-MM-DD"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write it as {FIRST_DAY}", param, ctx)
        if day < date.fromisoformat(FIRST_DAY):
            self.fail(f"{day} lies before {FIRST_DAY}, when the company's days begin", param, ctx)
        return day


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tables and extracts as Dagster assets, each computed by its own Spark job."""


@main.command()
@_CAREGIVERS
@click.option("--days", type=click.IntRange(1, 3660), default=60, show_default=True)
@click.option(
    "--first-day", type=_Day(), default=FIRST_DAY, show_default=True, help="The oldest day."
)
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same bytes.")
@click.option(
    "--dirt",
    type=click.FloatRange(0, 100),
    default=1.0,
    show_default=True,
    help="0 is clean, 2 twice as dirty.",
)
def seed(caregivers: int, days: int, first_day: date, seed: int, dirt: float) -> None:
    """Write the landing files of the sample company."""
    prepare_home()
    _seed(caregivers, days, first_day, seed, dirt)


@main.command()
@_CAREGIVERS
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=60,
    show_default=True,
    help="Up to yesterday.",
)
def demo(caregivers: int, days: int) -> None:
    """Seed the company if nothing has landed; materialize everything."""
    os.environ.update(prepare_home())
    _check_settings()
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
        _seed(caregivers, days, first_day, seed=7, dirt=1.0)
    finished = _finished_days(landing, today)
    if not finished:
        raise click.ClickException(
            f"{landing} holds no day from {FIRST_DAY} to yesterday; "
            "bring one there, or remove the folder to have a company seeded"
        )

    from rich.console import Console

    from seniorlink_assets.demo import materialize_all

    if not materialize_all(finished[0], finished[-1], Console()):
        sys.exit(1)


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
def dev(port: int) -> None:
    """Open the Dagster UI, with sensors and schedules, on 127.0.0.1."""
    variables = prepare_home()
    _check_settings()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"port {port} of 127.0.0.1 cannot be had ({error.strerror}); stop what uses it, or "
                "choose another with `seniorlink dev --port 3001` or `make dev PORT=3001`"
            ) from error
    command = [str(Path(sys.executable).parent / "dagster"), "dev"]
    command += ["-w", str(CHECKOUT / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(variables["DAGSTER_HOME"])
    os.execve(command[0], command, {**process_environment(), **variables})


@main.command()
def env() -> None:
    """Print the variables that point `dagster` to this home."""
    for name, value in prepare_home().items():
        click.echo(f"export {name}={shlex.quote(value)}")


@main.command()
@click.argument("sql")
def query(sql: str) -> None:
    """Run a SELECT over the warehouse's tables."""
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


def _check_settings() -> None:
    """EnvironmentSettingError now, not when a process far below reads them."""
    environment()
    jobs_at_once()


def _finished_days(landing: Path, today: date) -> list[str]:
    """The landed days that are partitions: those that are over."""
    landed = {path.name for path in landing.glob("*/*/????-??-??") if path.is_dir()}
    return sorted(day for day in landed if FIRST_DAY <= day < today.isoformat())


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
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"seeded {report.rows:,} rows in {report.files:,} files "
        f"({report.bytes / 1e6:.0f} MB) in {report.seconds:.1f} s"
    )


if __name__ == "__main__":
    main(prog_name="seniorlink")
