"""Write the three files of a new table: schema/table."""

import click

from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.scaffold import write_table


@click.command(help=__doc__)
@click.argument("key")
@click.option(
    "--reads", multiple=True, help="What it reads: care/messages, landing/clinical/visits."
)
def command(key: str, reads: tuple[str, ...]) -> None:
    for path in write_table(CHECKOUT, key, reads):
        click.echo(f"wrote {path.relative_to(CHECKOUT)}")
