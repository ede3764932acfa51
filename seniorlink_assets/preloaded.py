"""What every step needs, imported and built once by the server that forks the steps."""

import atexit
import gc

import alembic  # noqa: F401
import dagster
import dagster._core.executor.multiprocess
import dagster._core.launcher.default_run_launcher
import dagster._core.run_coordinator.default_run_coordinator
import dagster._core.run_coordinator.queued_run_coordinator
import dagster._core.storage.event_log.sqlite.sqlite_event_log
import dagster._core.storage.local_compute_log_manager
import dagster._core.storage.root
import dagster._core.storage.runs.sqlite.sqlite_run_storage
import dagster._core.storage.schedules.sqlite.sqlite_schedule_storage
import dagster._core.storage.sqlite_storage  # noqa: F401
import duckdb  # noqa: F401
import sqlalchemy  # noqa: F401

from seniorlink_assets.definitions import definitions

try:
    definitions().get_repository_def().get_all_jobs()
except Exception as error:
    # The server passes over an ImportError only; the first step then meets the error and says it.
    raise ImportError(f"the definitions cannot be preloaded: {error}") from error

# A step leaves alone what it got from here: no page of it is copied to be counted.
gc.collect()
gc.freeze()
# DuckDB complains of what it cannot free at the end.
atexit.register(gc.unfreeze)
