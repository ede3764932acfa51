"""Show what is failed, missing or stale, and why.

Looks at the tables named by KEY and at all that lies below them, or at everything.

A state is one of: running; interrupted (its run ended while a job was at work on it); failed;
missing; stale; unloaded (readers see another version); unreported (Dagster has not heard of it);
waiting (what it reads may come out different); held (somebody rolled back from it); blocked (it
cannot be tried).

Below it is how live tables differ from their contracts, and what will be run. A change that may
break readers is blocked, unless --allow-breaking is given, here as with `seniorlink recover`.

With --json: `days` it is about; `partitions` that are not up to date, each with `key`,
`partition`, `state`, `reason`, `recovered` (does `seniorlink recover` do something for it) and
`spark_job` (yes, perhaps, no); `runs` of `seniorlink recover`, each with `keys`, `first` and `last`
(a day, or null); `spark_jobs` that these take, at `least` and at `most`; `schema_changes`, each
with `key`, `kind` (additive, widening, physical, breaking), `change`, and `runs`, the statements.
"""

import json
import os
from collections.abc import Callable
from datetime import date

import click

from seniorlink_assets.command_options import Day
from seniorlink_assets.dagster_home import prepare_home
from seniorlink_assets.environments import environment


class Days(click.ParamType):
    """A day, or a range of them: both ends belong to it."""

    name = "DAY or DAY..DAY"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[date, date]:
        first, _, last = value.partition("..")
        days = Day().convert(first, param, ctx), Day().convert(last or first, param, ctx)
        if days[0] > days[1]:
            self.fail(f"{value} ends before it begins; turn it round", param, ctx)
        return days


def asked(function: Callable[..., None]) -> Callable[..., None]:
    """What a plan is about: `keys`, `since` or `days`, and whether it may break readers."""
    for decorate in (
        click.option("--days", type=Days(), help="Only these days: 2025-01-30..2025-02-02."),
        click.option("--since", type=Day(), help="Only days from this one on."),
        click.option(
            "--allow-breaking", is_flag=True, help="Change live tables even if readers may break."
        ),
        click.argument("keys", nargs=-1, metavar="[KEY]..."),
    ):
        function = decorate(function)
    return function


def ends(since: date | None, days: tuple[date, date] | None) -> tuple[date | None, date | None]:
    """The first and the last day that were asked for."""
    if since and days:
        raise click.UsageError("--since and --days exclude each other; use one of them")
    return days or (since, None)


@click.command(help=__doc__)
@asked
@click.option("--json", "as_json", is_flag=True, help="As JSON, every partition by itself.")
def command(
    keys: tuple[str, ...],
    since: date | None,
    days: tuple[date, date] | None,
    allow_breaking: bool,
    as_json: bool,
) -> None:
    first, last = ends(since, days)
    os.environ.update(prepare_home())
    bound = environment()

    from dagster import DagsterInstance

    from seniorlink_assets.recovery.report import show_plan, to_json, wide_console
    from seniorlink_assets.recovery.scope import scope

    about = scope(bound, keys, first, last)
    with DagsterInstance.get() as instance:
        found = about.plan(bound, instance, allow_breaking=allow_breaking)
    if as_json:
        click.echo(json.dumps(to_json(found), indent=1))
    else:
        show_plan(found, wide_console())
