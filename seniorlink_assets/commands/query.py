"""Run a SELECT over the warehouse's tables."""

import click

from seniorlink_assets.environments import environment


@click.command(help=__doc__)
@click.argument("sql")
def command(sql: str) -> None:
    for row in environment().warehouse.query(sql):
        click.echo("\t".join("" if value is None else str(value) for value in row))
