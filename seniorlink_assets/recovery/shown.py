"""Carry out a plan before the eyes of a person."""

from collections.abc import Mapping, Sequence

from rich.console import Console

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.demo_progress import watched
from seniorlink_assets.demo_report import Line, lines_of, show
from seniorlink_assets.environments import Environment
from seniorlink_assets.recovery.foreground import Foreground
from seniorlink_assets.recovery.plan import Plan
from seniorlink_assets.recovery.recover import Done, recover


def recover_shown(
    plan: Plan,
    known: Sequence[Declared],
    foreground: Foreground,
    bound: Environment,
    console: Console,
    tags: Mapping[str, str] | None = None,
) -> tuple[Sequence[Done], Sequence[Line]]:
    """The runs it took, which have these tags, and what came of each of `known`."""
    log = bound.home / f"{foreground.command}.log"
    with watched(plan, known, foreground.instance, console, log) as watch:
        done = recover(plan, foreground, watch, tags)
    lines = lines_of(foreground.instance, plan, done, known, bound)
    show(lines, console, foreground.command)
    return done, lines
