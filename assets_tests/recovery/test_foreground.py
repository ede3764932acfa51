"""Runs of this process: whose they are once it has died."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import dagster as dg
import pytest

from seniorlink_assets.dagster_home import alone_in
from seniorlink_assets.recovery.foreground import Foreground, is_abandoned

OURS = {"seniorlink/command": "recover"}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral(str(tmp_path / "dagster")) as instance:
        yield instance


def started(instance: dg.DagsterInstance, **tags: str) -> dg.DagsterRun:
    return instance.create_run_for_job(
        dg.GraphDefinition("anything").to_job(),
        status=dg.DagsterRunStatus.STARTED,
        tags=tags,
    )


def test_a_run_of_a_command_is_abandoned_once_nobody_is_in_the_home(instance, tmp_path):
    run = started(instance, **OURS)

    with alone_in(tmp_path):
        assert not is_abandoned(run, tmp_path)
    assert is_abandoned(run, tmp_path)


def test_a_run_that_somebody_else_executes_is_never_abandoned(instance, tmp_path):
    assert not is_abandoned(started(instance), tmp_path)


def test_whoever_comes_next_cancels_what_a_dead_command_left_and_nothing_else(instance, tmp_path):
    left, other = started(instance, **OURS), started(instance)

    with Foreground.opened(tmp_path, nullcontext(instance), "demo"):
        pass

    assert instance.get_run_by_id(left.run_id).status == dg.DagsterRunStatus.CANCELED
    assert instance.get_run_by_id(other.run_id).status == dg.DagsterRunStatus.STARTED
