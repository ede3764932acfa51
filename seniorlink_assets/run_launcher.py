"""Launch runs as processes of this machine, and find out which of them have died."""

import os

import dagster as dg
from dagster import DagsterEventType
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.storage.tags import GRPC_INFO_TAG


class LocalRunLauncher(DefaultRunLauncher):
    """Dagster's own learns of a death only while the code server lives that launched the run."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """NOT_FOUND if the process of a run that was launched is over."""
        pid = self._process(run.run_id) if GRPC_INFO_TAG in run.tags else None
        if pid is None or _lives(pid):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, f"its process {pid} has died")

    def _process(self, run_id: str) -> int | None:
        """The number that the run's process has said it has."""
        events = self._instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT)
        for event in events:
            data = event.dagster_event.engine_event_data if event.dagster_event else None
            if data and "Started process for run" in (event.message or ""):
                return int(str(data.metadata["pid"].value))
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
