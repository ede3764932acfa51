"""Print the variables that point `dagster` to this home."""

import shlex

import click

from seniorlink_assets.dagster_home import prepare_home
from seniorlink_assets.environments import settings_now
from seniorlink_assets.settings import SETTINGS


@click.command(help=__doc__)
@click.option("--settings", is_flag=True, help="Instead, show every setting and what it is now.")
def command(settings: bool) -> None:
    if settings:
        _show_settings()
        return
    for name, value in prepare_home().items():
        click.echo(f"export {name}={shlex.quote(value)}")


def _show_settings() -> None:
    variables = settings_now().variables
    for setting in SETTINGS:
        value = variables.get(setting.name)
        default = f"not set; {setting.default}" if setting.default else "not set"
        click.echo(click.style(setting.name, bold=True) + f"  {value or _plain(default)}")
        needed = f" (needed by {setting.needed_by})" if setting.needed_by else ""
        click.echo(f"    {_plain(setting.meaning)}{needed}")
        if setting.example and not value:
            click.echo(f"    as {setting.example}")


def _plain(text: str) -> str:
    return text.replace("`", "")
