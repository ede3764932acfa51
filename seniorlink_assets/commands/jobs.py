"""Show the Spark jobs at work; end those whose Dagster run is over."""

import os
from contextlib import suppress

import click

from seniorlink_assets.dagster_home import HomeError, alone_in, prepare_home
from seniorlink_assets.environments import environment
from seniorlink_assets.parts import shown_partitions


@click.command(help=__doc__)
@click.option("--reap", is_flag=True, help="End the orphans now, and give free what they hold.")
def command(reap: bool) -> None:
    os.environ.update(prepare_home())

    from dagster import DagsterInstance
    from rich.console import Console
    from rich.table import Table

    from seniorlink_assets import reaper
    from seniorlink_assets.recovery.foreground import cancel_dead_runs

    bound, console = environment(), Console()
    with DagsterInstance.get() as instance:
        if reap:
            with suppress(HomeError), alone_in(bound.home):
                cancel_dead_runs(instance)
        ended = [*reaper.reap(bound, instance)] if reap else []
        jobs = reaper.jobs_at_work(bound, instance)
    for job in ended:
        click.echo(f"ended {job.entry.key} {job.entry.attempt}")
    if not jobs:
        click.echo("no Spark job is at work")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("asset", "partitions", "job", "run", "since", "state"):
        table.add_column(name, no_wrap=True)
    for job in jobs:
        entry = job.entry
        partitions = shown_partitions(entry.partitions)
        since = entry.intended_at[:19].replace("T", " ")
        table.add_row(entry.key, partitions, entry.attempt, entry.run_id[:8], since, job.state)
    console.print(table, highlight=False)
    if any(job.state == "orphan" for job in jobs):
        click.echo("`seniorlink jobs --reap` ends the orphans.")
