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
    size = sum(map(len, unshipped(package, storage).values()))
    if not dry_run:
        size = ship(package, storage).uploaded
    what, where = f"code {package.hash}", storage.where(package.place)
    did = "would go" if dry_run else "went"
    if size:
        click.echo(f"{what}: {len(package.files)} files, {size / 1e3:,.0f} kB, {did} to {where}")
    else:
        click.echo(f"{what} is in {where} already; nothing {did} there")
