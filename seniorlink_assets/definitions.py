"""The code location: defs/ bound to one environment."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import dagster as dg

from seniorlink_assets.environments import environment, jobs_at_once
from seniorlink_assets.step_processes import step_processes

_PACKAGE = Path(__file__).parent


@dg.definitions
@cache
def definitions() -> dg.Definitions:
    """What this process found when it asked first; a step finds what its run started with."""
    return dg.load_definitions_from_modules(
        _declarations(),
        resources={"environment": dg.ResourceDefinition.hardcoded_resource(environment())},
        executor=step_processes(jobs_at_once()),
    )


# Dagster's own loader of a defs folder also imports every component library that is installed.
def _declarations() -> Iterator[ModuleType]:
    for file in sorted((_PACKAGE / "defs").rglob("*.py")):
        place = file.relative_to(_PACKAGE.parent).with_suffix("")
        yield import_module(".".join(place.parts))
