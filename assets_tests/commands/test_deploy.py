"""`seniorlink deploy` says in one line what it did."""

import pytest
from click.testing import CliRunner, Result

from assets_tests.doubles.aws.running import BUCKET, ROLE
from assets_tests.launchers.satellite_services import make_lambda
from seniorlink_assets import cli
from seniorlink_assets.deploy import pack
from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.launchers.aws import forget_clients
from seniorlink_assets.launchers.satellites import BOOTSTRAP


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path))
    monkeypatch.delenv("SENIORLINK_ENV", raising=False)
    return tmp_path


def deploy(*words: str) -> Result:
    return CliRunner().invoke(cli.main, ["deploy", "code", *words], prog_name="seniorlink")


def test_code_is_deployed_once(home):
    package = pack(CHECKOUT)
    place = f"{home}/lake/code/{package.hash}"

    first, again = deploy(), deploy()

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.output.startswith(f"code {package.hash}: {len(package.files)} files, ")
    assert first.output.endswith(f" kB, went to {place}\n")
    assert again.output == f"code {package.hash} is in {place} already; nothing went there\n"


def test_a_dry_run_says_what_would_be_and_writes_nothing(home):
    said = deploy("--dry-run")

    assert said.exit_code == 0
    assert " kB, would go to " in said.output
    assert not (home / "lake" / "code").exists()


def test_unchanged_code_costs_one_look_at_the_bucket(home, aws, monkeypatch):
    wanted = {
        **aws.environment,
        "SENIORLINK_ENV": "aws",
        "SENIORLINK_LAKE": f"s3://{BUCKET}/company",
        "SENIORLINK_EMR_ROLE": ROLE,
        "SENIORLINK_EMR_APPLICATION": "00f1abcdefgh2345",
    }
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    place = f"company/code/{pack(CHECKOUT).hash}"

    first = deploy()
    aws.forget_counters()
    again, asked = deploy(), aws.counters
    forget_clients()

    listed = aws.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert f"went to s3://{BUCKET}/{place}\n" in first.output
    assert again.output.endswith("already; nothing went there\n")
    assert [each["Key"] for each in listed] == [
        "company/code/.lock",
        *(f"{place}/{name}" for name in ("code.zip", "entry.py", "files.json")),
    ]
    assert {name: each["requests"] for name, each in asked.items()} == {"s3:ListObjectsV2": 1}


def test_a_lake_that_is_not_named_is_one_sentence(home, monkeypatch):
    monkeypatch.setenv("SENIORLINK_ENV", "aws")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.delenv("SENIORLINK_LAKE", raising=False)

    said = deploy()

    assert said.exit_code == 1
    assert said.output.startswith("Error: SENIORLINK_LAKE is not set, which SENIORLINK_ENV=aws")
    assert len(said.output.splitlines()) == 1


@pytest.fixture
def function(home, aws, monkeypatch):
    """The function `satellite`, with a bootstrap.py that is not this checkout's."""
    named = {"SENIORLINK_LAKE": f"s3://{BUCKET}/company", "SENIORLINK_LAMBDA_FUNCTION": "satellite"}
    for name, value in {**aws.environment, **named}.items():
        monkeypatch.setenv(name, value)
    make_lambda(aws)
    forget_clients()
    yield aws
    forget_clients()


def deploy_satellites() -> Result:
    return CliRunner().invoke(cli.main, ["deploy", "satellites"], prog_name="seniorlink")


def test_a_function_is_given_the_bootstrap_of_this_checkout_once(function):
    first = deploy_satellites()
    function.forget_counters()
    again, asked = deploy_satellites(), function.counters

    assert first.output == f"{BOOTSTRAP.name} went to the Lambda function satellite\n"
    assert again.output == (
        "the Lambda function satellite has this bootstrap.py already; nothing went there\n"
    )
    assert {*asked} == {"lambda:GetFunctionConfiguration"}


def test_a_function_that_is_not_there_is_one_sentence(function):
    function.client("lambda").delete_function(FunctionName="satellite")

    said = deploy_satellites()

    assert said.exit_code == 1
    assert said.output.startswith("Error: AWS cannot look at the Lambda function satellite")
    assert len(said.output.splitlines()) == 1
