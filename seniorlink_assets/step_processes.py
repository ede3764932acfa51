"""Each step a process, forked from a server that has loaded what all steps load."""

import dagster as dg
from dagster._core.executor import child_process_executor

PRELOADED = ["seniorlink_assets.preloaded"]

# How long a run listens to one step before it turns to the next; there is no setting. With
# Dagster's 20 ms a step that is quiet lets its neighbour say no more than 50 events a second, and
# a table of sixty days is over a second late.
child_process_executor.TICK = 0.004


def step_processes(at_once: int) -> dg.ExecutorDefinition:
    """Runs so many steps side by side."""
    return dg.multiprocess_executor.configured(
        {
            "max_concurrent": at_once,
            "start_method": {"forkserver": {"preload_modules": PRELOADED}},
        }
    )
