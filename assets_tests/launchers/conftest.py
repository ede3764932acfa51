"""What tests of launchers may ask for."""

import pytest

from assets_tests.doubles.aws.running import Double
from assets_tests.launchers.remote_jobs import RemoteJobs, emr_serverless
from seniorlink_assets.launchers.aws import forget_clients


@pytest.fixture
def amazon(aws: Double, monkeypatch: pytest.MonkeyPatch):
    """The double, as AWS of this process, which looks ten times as often as it would."""
    monkeypatch.setattr("seniorlink_assets.launchers.waiting._OFTEN", 0.1)
    monkeypatch.setattr("seniorlink_assets.launchers.s3_messages._OFTEN", 0.1)
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    yield aws
    forget_clients()


@pytest.fixture
def jobs(amazon: Double, tmp_path) -> RemoteJobs:
    """A launcher of EMR Serverless jobs."""
    return RemoteJobs(amazon, tmp_path, emr_serverless(amazon, tmp_path))
