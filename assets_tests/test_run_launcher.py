"""A run that was launched is dead when its process is, whoever else has died."""

import os
import subprocess
import sys

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher.base import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_run_for_test

from seniorlink_assets.run_launcher import LocalRunLauncher


@pytest.fixture
def launcher():
    with dg.DagsterInstance.ephemeral() as instance:
        launcher = LocalRunLauncher()
        launcher.register_instance(instance)
        yield launcher


def launched(launcher, pid, tags):
    run = create_run_for_test(launcher._instance, tags=tags)
    launcher._instance.report_engine_event(
        f"Started process for run (pid: {pid}).", run, EngineEventData.in_process(pid)
    )
    return run


def over():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.mark.parametrize(
    ("pid", "tags", "status"),
    [
        pytest.param(over, {GRPC_INFO_TAG: "{}"}, WorkerStatus.NOT_FOUND, id="over"),
        pytest.param(os.getpid, {GRPC_INFO_TAG: "{}"}, WorkerStatus.RUNNING, id="alive"),
        pytest.param(over, {}, WorkerStatus.RUNNING, id="of a command"),
    ],
)
def test_a_run_is_as_alive_as_its_process(launcher, pid, tags, status):
    run = launched(launcher, pid(), tags)

    assert launcher.check_run_worker_health(run).status == status
