"""Check what jobs need, here or on AWS, one line each."""

import sys

import click


@click.command(help=__doc__)
@click.option(
    "--env",
    "name",
    type=click.Choice(["local", "aws"]),
    help="The environment to look at, by default SENIORLINK_ENV.",
)
def command(name: str | None) -> None:
    from seniorlink_assets.doctor import aws, here
    from seniorlink_assets.doctor.check import findings
    from seniorlink_assets.environments import settings_now

    chosen = settings_now(name).get("SENIORLINK_ENV", "local")
    failed = 0
    for found in findings(aws.checks() if chosen == "aws" else here.checks()):
        click.echo(f"{found.verdict:<8}{found.name:<14}{found.sentence}")
        failed += found.verdict == "FAILED"
    if failed:
        click.echo(f"{failed} of these must be mended before a job can run.", err=True)
        sys.exit(1)
