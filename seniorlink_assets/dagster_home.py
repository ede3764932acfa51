"""Dagster's state inside the home: one folder, configured by the checkout's dagster.yaml."""

import os
from collections.abc import Mapping
from pathlib import Path

import yaml

from seniorlink_assets.environments import CHECKOUT, dagster_variables, home_folder

_PLACES = ("storage", "local_artifact_storage", "compute_logs")


class HomeError(Exception):
    """The home cannot be used; the text says why and what to do."""


def prepare_home() -> Mapping[str, str]:
    """Makes the home and Dagster's folder in it, and returns the variables that point to them."""
    home, variables = home_folder(), dagster_variables()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(variables["DAGSTER_HOME"])
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(home, os.W_OK):
            raise PermissionError(f"no permission to write into {home}")
        if folder.is_relative_to(home):
            settings = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text(encoding="utf-8"))
            kept = {name: value for name, value in settings.items() if name not in _PLACES}
            draft = folder / f"dagster.yaml.{os.getpid()}"
            draft.write_text(yaml.safe_dump(kept), encoding="utf-8")
            draft.replace(folder / "dagster.yaml")
    except OSError as error:
        raise HomeError(
            f"the home {home} cannot be written ({error.strerror or error}); "
            "make it writable, or set SENIORLINK_HOME to another folder"
        ) from error
    return variables
