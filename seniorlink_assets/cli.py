"""The `seniorlink` command."""

import ast
import sys
from importlib import import_module
from pathlib import Path

import click

from seniorlink_assets.sentence import SentenceError

_COMMANDS = Path(__file__).parent / "commands"
_STOPPED = 130
"""What a shell calls a command that was ended with Ctrl-C."""


class _Commands(click.Group):
    """The modules of `commands` that have a `command`, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_documented())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "__init__" or not (_COMMANDS / f"{cmd_name}.py").is_file():
            return None
        return import_module(f"seniorlink_assets.commands.{cmd_name}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        described = _documented()
        with formatter.section("Commands"):
            formatter.write_dl([(name, described[name]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SentenceError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo("Stopped; the same command goes on from here.", err=True)
            sys.exit(_STOPPED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Tables and extracts as Dagster assets, each computed by its own Spark job."""


def _documented() -> dict[str, str]:
    """What each module says of itself in its first line."""
    files = [file for file in _COMMANDS.glob("*.py") if file.stem != "__init__"]
    sources = {file.stem: ast.parse(file.read_text(encoding="utf-8")) for file in files}
    return {
        name: (ast.get_docstring(source) or "").partition("\n")[0]
        for name, source in sources.items()
    }


if __name__ == "__main__":
    main(prog_name="seniorlink")
