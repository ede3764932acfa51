"""What the platform changes in Dagster's executor is still there to be changed."""

import inspect

from dagster._core.executor import child_process_executor

from seniorlink_assets import step_processes


def test_a_run_turns_from_step_to_step_as_often_as_it_is_told_to():
    listening = inspect.getsource(child_process_executor._poll_for_event)

    assert "timeout=TICK" in listening
    assert child_process_executor.TICK < 0.02
    assert step_processes.child_process_executor is child_process_executor
