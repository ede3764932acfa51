"""Remove snapshots, papers, code and leftovers that nobody needs."""

import sys
from collections.abc import Sequence

import click

from seniorlink_assets.environments import environment

_COUNTED: Sequence[str] = ("snapshots", "files", "jobs", "leftovers", "packages")


@click.command(help=__doc__)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Releases of each partition to keep, the live one among them.",
)
@click.option(
    "--days",
    type=click.IntRange(min=1),
    default=7,
    show_default=True,
    help="How long to keep what was never published, and papers and code of jobs.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def command(keep: int, days: int, dry_run: bool) -> None:
    from seniorlink_assets.asked import every_table
    from seniorlink_assets.releases.retention import collect

    counted: dict[str, int] = dict.fromkeys(_COUNTED, 0)
    size, problems = 0, []
    for garbage in collect(every_table(), environment(), keep=keep, days=days, dry_run=dry_run):
        if garbage.problem:
            problems.append(f"{garbage.key} is left alone: {garbage.problem}")
            continue
        parts = (garbage.manifests, garbage.files, garbage.papers, garbage.staged, garbage.packages)
        counts = dict(zip(_COUNTED, map(len, parts), strict=True))
        if any(counts.values()):
            click.echo(f"{garbage.key}: {_said(counts, garbage.bytes)}")
        counted = {what: number + counts[what] for what, number in counted.items()}
        size += garbage.bytes
    click.echo(f"{'would be removed' if dry_run else 'removed'}: {_said(counted, size)}")
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(1)


def _said(counts: dict[str, int], size: int) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in counts.items()) + (
        f", {size / 1e6:,.1f} MB"
    )
