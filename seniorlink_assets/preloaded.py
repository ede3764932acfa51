"""What every step imports, imported once by the server that forks the steps."""

import alembic  # noqa: F401
import dagster
import dagster._core.launcher.default_run_launcher
import dagster._core.run_coordinator.default_run_coordinator
import dagster._core.storage.event_log.sqlite.sqlite_event_log
import dagster._core.storage.local_compute_log_manager
import dagster._core.storage.root
import dagster._core.storage.runs.sqlite.sqlite_run_storage
import dagster._core.storage.schedules.sqlite.sqlite_schedule_storage
import dagster._core.storage.sqlite_storage  # noqa: F401
import sqlalchemy  # noqa: F401

import seniorlink_assets.materialize  # noqa: F401
