"""Take a table or extract back to an earlier release."""

import os

import click

from seniorlink_assets.dagster_home import prepare_home
from seniorlink_assets.environments import environment


@click.command(help=__doc__)
@click.argument("key")
@click.option("--partition", multiple=True, help="Of this one; can be given several times.")
@click.option("--all-partitions", is_flag=True, help="Of every published partition.")
@click.option(
    "--to", "version", help="As `seniorlink history` shows it; by default the one before."
)
@click.option(
    "--with-downstream",
    is_flag=True,
    help="Also take back what was made from what is withdrawn, directly or not.",
)
def command(
    key: str,
    partition: tuple[str, ...],
    all_partitions: bool,
    version: str | None,
    with_downstream: bool,
) -> None:
    if partition and all_partitions:
        raise click.UsageError("choose --partition or --all-partitions, not both")
    os.environ.update(prepare_home())

    from dagster import DagsterInstance

    from seniorlink_assets.asked import every_table
    from seniorlink_assets.releases.rollback import Request, roll_back

    request = Request(key, partition, all_partitions, version, with_downstream)
    with DagsterInstance.get() as instance:
        moves = roll_back(request, every_table(), environment(), instance)
    for move in moves:
        click.echo(f"{move.name}: back from {move.live.version} to {move.target.version}")
