"""Print the variables that point `dagster` to this home."""

import shlex

import click

from seniorlink_assets.dagster_home import prepare_home


@click.command(help=__doc__)
def command() -> None:
    for name, value in prepare_home().items():
        click.echo(f"export {name}={shlex.quote(value)}")
