"""What several commands take."""

from datetime import date

import click

from seniorlink_assets.calendar import FIRST_DAY

CAREGIVERS = click.option(
    "--caregivers", type=click.IntRange(min=10), default=2000, show_default=True
)


class Day(click.ParamType):
    """A day that the company's calendar has."""

    name = "YYYY-MM-DD"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write it as {FIRST_DAY}", param, ctx)
        if day < date.fromisoformat(FIRST_DAY):
            self.fail(f"{day} lies before {FIRST_DAY}, when the company's days begin", param, ctx)
        return day
