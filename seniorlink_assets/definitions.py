"""The code location: defs/ bound to one environment."""

from pathlib import Path

import dagster as dg

from seniorlink_assets.environments import environment, jobs_at_once

PRELOADED = ["seniorlink_assets.preloaded"]


@dg.definitions
def definitions() -> dg.Definitions:
    catalogue = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    step_processes = dg.multiprocess_executor.configured(
        {
            "max_concurrent": jobs_at_once(),
            "start_method": {"forkserver": {"preload_modules": PRELOADED}},
        }
    )
    bound = dg.Definitions(
        resources={"environment": dg.ResourceDefinition.hardcoded_resource(environment())},
        executor=step_processes,
    )
    return dg.Definitions.merge(catalogue, bound)
