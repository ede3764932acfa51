"""Which account the suite is run on."""

import os
import subprocess
import sys

import pytest

from assets_tests.smoke.account import SWITCH, is_real, opened
from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.settings import EnvironmentSettingError

EVERY_SERVICE = (
    "ec2", "ecs", "emr", "emr-containers", "emr-serverless", "iam", "kms", "lambda", "logs",
    "redshift", "redshift-data", "redshift-serverless", "s3", "secretsmanager", "service-quotas",
    "ssm", "sts",
)  # fmt: skip


@pytest.mark.parametrize(("variables", "real"), [({}, False), ({SWITCH: ""}, False)])
def test_without_the_switch_it_is_the_double(variables, real):
    assert not is_real(variables)


def test_with_the_switch_it_is_the_account_of_the_settings():
    assert is_real({SWITCH: "aws"})


def test_a_switch_that_is_neither_is_one_sentence():
    with pytest.raises(EnvironmentSettingError, match=r"^SENIORLINK_SMOKE is 'yes'; set it to aws"):
        is_real({SWITCH: "yes"})


def test_the_double_is_the_only_one_who_is_asked_and_its_lake_is_left_empty(
    aws, tmp_path, monkeypatch
):
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.invalid")

    with opened(tmp_path, aws) as account:
        place = account.storage.url
        asked = {account.client(name).meta.endpoint_url for name in EVERY_SERVICE}
        account.storage.put("a/b", b"x")
        account.storage.put("c", b"x")
    monkeypatch.undo()

    assert asked == {aws.url}
    assert place.startswith("s3://lake/company/smoke-")
    assert aws.client("s3").list_objects_v2(Bucket="lake").get("Contents", []) == []


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "AWS_REGION"),
        ({"AWS_REGION": "us-east-1"}, "SENIORLINK_LAKE"),
    ],
)
def test_a_real_account_without_its_settings_is_one_sentence(given, missing):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "SENIORLINK_", "PYTEST_"))
    }

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "assets_tests/smoke/test_storage.py"],
        cwd=CHECKOUT,
        env={**kept, **given, SWITCH: "aws"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"{missing} is not set, which SENIORLINK_ENV=aws needs: " in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
