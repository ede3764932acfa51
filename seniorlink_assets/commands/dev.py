"""Open the Dagster UI, with sensors and schedules, on 127.0.0.1."""

import os
import socket
import sys
from pathlib import Path

import click

from seniorlink_assets.dagster_home import prepare_home
from seniorlink_assets.environments import CHECKOUT, check_settings, process_environment


@click.command(help=__doc__)
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
def command(port: int) -> None:
    variables = prepare_home()
    check_settings()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"port {port} of 127.0.0.1 cannot be had ({error.strerror}); stop what uses it, or "
                "choose another with `seniorlink dev --port 3001` or `make dev PORT=3001`"
            ) from error
    dagster = [str(Path(sys.executable).parent / "dagster"), "dev"]
    dagster += ["-w", str(CHECKOUT / "workspace.yaml"), "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(variables["DAGSTER_HOME"])
    os.execve(dagster[0], dagster, {**process_environment(), **variables})
