"""Show the releases of a table or extract, newest first."""

import json
from typing import Any

import click

from seniorlink_assets.environments import environment

_WIDTH = 110
"""A narrower terminal breaks the lines itself; the table would leave words out."""


@click.command(help=__doc__)
@click.argument("key")
@click.option("--partition", multiple=True, help="Only this one; can be given several times.")
@click.option("--json", "as_json", is_flag=True, help="All that is known, for programs.")
def command(key: str, partition: tuple[str, ...], as_json: bool) -> None:
    from seniorlink_assets.asked import every_table, published_partitions, table_called
    from seniorlink_assets.releases.history import Release, releases

    lake = environment().lake
    table = table_called(key, every_table())
    found = releases(lake, table.key, published_partitions(table, partition, lake))
    if as_json:
        click.echo(json.dumps([_fields(release) for release in found], indent=1))
        return

    from rich.console import Console
    from rich.table import Table

    def words(release: Release) -> list[str]:
        published = release.published
        return [
            *([published.partition] if table.contract.partition_by else []),
            release.version,
            published.published_at[:19].replace("T", " "),
            published.run_id[:8],
            f"{published.rows:,}",
            f"{published.rejects:,}",
            "there" if release.is_in_lake else "gone",
            _state(release),
        ]

    shown = Table(box=None)
    for name in ["partition"] if table.contract.partition_by else []:
        shown.add_column(name, no_wrap=True)
    for name in ("version", "published at (UTC)", "run"):
        shown.add_column(name, no_wrap=True)
    for name in ("rows", "rejects"):
        shown.add_column(name, justify="right", no_wrap=True)
    for name in ("files", "state"):
        shown.add_column(name, no_wrap=True)
    for release in found:
        shown.add_row(*words(release))
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(shown)


def _state(release: Any) -> str:
    back = "rolled back to" if release.published.rolled_back_from else ""
    if release.state == "live":
        return f"live, {back}" if back else "live"
    return "rolled back from" if release.state == "withdrawn" else back


def _fields(release: Any) -> dict[str, Any]:
    published = release.published
    return {
        "partition": published.partition,
        "version": release.version,
        "snapshot": published.version,
        "published_at": published.published_at,
        "run_id": published.run_id,
        "rows": published.rows,
        "rejects": published.rejects,
        "bytes": published.bytes,
        "content": published.content,
        "fingerprint": published.fingerprint,
        "is_in_lake": release.is_in_lake,
        "state": release.state,
        "rolled_back_from": published.rolled_back_from or None,
    }
