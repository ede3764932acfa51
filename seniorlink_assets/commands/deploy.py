"""Bring the code of the jobs to where they run."""

import click

from seniorlink_assets.environments import CHECKOUT, environment


@click.group(help=__doc__)
def command() -> None:
    pass


@command.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be uploaded.")
def code(dry_run: bool) -> None:
    """Pack `spark/` and ship it beside the lake, unless it is there."""
    from seniorlink_assets.deploy import pack, ship, unshipped

    package, storage = pack(CHECKOUT), environment().storage
    if dry_run:
        size = sum(map(len, unshipped(package, storage).values()))
    else:
        size = ship(package, storage).uploaded
    what, where = f"code {package.hash}", storage.where(package.place)
    did = "would go" if dry_run else "went"
    if size:
        click.echo(f"{what}: {len(package.files)} files, {size / 1e3:,.0f} kB, {did} to {where}")
    else:
        click.echo(f"{what} is in {where} already; nothing {did} there")


@command.command()
def satellites() -> None:
    """Give the Lambda function of satellites this checkout's bootstrap.py, unless it has it.

    Tasks of ECS and instances are handed it with every job.
    """
    from seniorlink_assets.environments import buckets_of, settings_now
    from seniorlink_assets.launchers.aws import Aws
    from seniorlink_assets.launchers.lambda_function import LambdaFunction

    settings = settings_now("aws")
    buckets = buckets_of(settings)
    name = settings.need("SENIORLINK_LAMBDA_FUNCTION", "a satellite on Lambda")
    function = LambdaFunction(buckets.lake, Aws(buckets.region), function=name)
    if function.deploy():
        click.echo(f"bootstrap.py went to the Lambda function {name}")
    else:
        click.echo(f"the Lambda function {name} has this bootstrap.py already; nothing went there")
