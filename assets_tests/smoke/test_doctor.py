"""`seniorlink doctor --env aws` finds nothing to mend."""

import pytest
from click.testing import CliRunner

from seniorlink_assets import cli


@pytest.mark.parametrize("service", ["emr-serverless", "emr-eks", "emr-ec2"])
def test_the_doctor_finds_nothing_to_mend(account, monkeypatch, service):
    account.launcher(service)
    monkeypatch.setenv("SENIORLINK_LAUNCHER", service)

    said = CliRunner().invoke(cli.main, ["doctor", "--env", "aws"], prog_name="seniorlink")

    account.note(said.stdout)
    assert said.exit_code == 0, said.output
    assert "FAILED" not in said.stdout
