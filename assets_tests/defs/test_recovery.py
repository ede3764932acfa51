"""The job `recover`: launched from the UI without any settings."""

import dagster as dg
import pytest

from seniorlink_assets.definitions import definitions


@pytest.fixture(scope="module")
def job() -> dg.JobDefinition:
    return definitions().resolve_job_def("recover")


def test_it_needs_no_settings(job):
    assert dg.validate_run_config(job, {})


def test_it_may_be_narrowed_to_tables_and_days(job):
    narrow = {"keys": ["care/messages"], "since": "2025-03-01"}
    asked = {"config": {**narrow, "allow_breaking": True}}

    assert dg.validate_run_config(job, {"ops": {"recover_what_is_not_up_to_date": asked}})


def test_it_starts_no_process_for_its_only_step(job):
    assert job.executor_def.name == "in_process"
