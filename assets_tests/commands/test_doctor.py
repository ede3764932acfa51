"""`seniorlink doctor` says of each thing that jobs need whether it is there, and what to do."""

import json

import pytest
from click.testing import CliRunner, Result

from assets_tests.doubles.aws.running import BUCKET, CALLER, ROLE, Double
from assets_tests.launchers.satellite_services import make_ecs, make_lambda
from seniorlink_assets import cli
from seniorlink_assets.deploy import pack, ship
from seniorlink_assets.environments import CHECKOUT, environment
from seniorlink_assets.launchers.aws import forget_clients
from seniorlink_assets.settings import SETTINGS

pytestmark = pytest.mark.usefixtures("nothing_set")


@pytest.fixture
def nothing_set(tmp_path, monkeypatch):
    for name in [*(setting.name for setting in SETTINGS), "AWS_DEFAULT_REGION", "DAGSTER_HOME"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "home"))


@pytest.fixture
def account(aws: Double, monkeypatch):
    """All that jobs on EMR Serverless and satellites need, also code and a landing file."""
    wanted = {
        **aws.environment,
        "SENIORLINK_ENV": "aws",
        "SENIORLINK_LAKE": f"s3://{BUCKET}/company",
        "SENIORLINK_EMR_ROLE": ROLE,
        "SENIORLINK_EMR_APPLICATION": aws.application(),
        "SENIORLINK_SPARK": "3.5.5",
        "SENIORLINK_LAMBDA_FUNCTION": "satellite",
        "SENIORLINK_ECS_CLUSTER": "satellites",
        "SENIORLINK_ECS_TASK": "satellite",
    }
    make_lambda(aws)
    make_ecs(aws)
    aws.client("logs").create_log_group(logGroupName="/ecs")
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    land = "company/landing/clinical/visits/2025-01-02/visits.csv"
    aws.client("s3").put_object(Bucket=BUCKET, Key=land, Body=b"visit_id\n")
    ship(pack(CHECKOUT), environment().storage)
    yield aws
    forget_clients()


def doctor(*words: str) -> Result:
    return CliRunner().invoke(cli.main, ["doctor", *words], prog_name="seniorlink")


def found(result: Result) -> dict[str, tuple[str, str]]:
    """What was said, by the name of the check: verdict and sentence."""
    lines = result.stdout.splitlines()
    words = [line.split(maxsplit=1) for line in lines]
    return {
        name: (verdict, sentence)
        for verdict, (name, sentence) in (
            (verdict, (rest[:14].strip(), rest[14:])) for verdict, rest in words
        )
    }


def verdicts(result: Result) -> dict[str, str]:
    return {name: verdict for name, (verdict, _) in found(result).items()}


def objects(aws: Double) -> dict[str, str]:
    listed = aws.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {each["Key"]: each["ETag"] for each in listed}


def test_a_laptop_is_looked_at_without_any_setting():
    result = doctor()

    assert result.exit_code == 0, result.output
    assert {*verdicts(result).values()} <= {"ok", "-"}
    assert [*verdicts(result)] == ["settings", "home", "disk", "Java", "class cache", "warm JVMs"]


def test_a_java_that_is_none_fails_and_what_needs_it_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))

    result = doctor()

    assert result.exit_code == 1
    assert found(result)["Java"][0] == "FAILED"
    assert "correct it, or unset it" in found(result)["Java"][1]
    assert found(result)["class cache"] == ("-", "not looked at, for Java is not ok")
    assert result.stderr == "1 of these must be mended before a job can run.\n"


def test_a_home_that_cannot_be_made_fails_in_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "file" / "home"))

    result = doctor()

    assert result.exit_code == 1
    assert found(result)["home"][0] == "FAILED"
    assert "set SENIORLINK_HOME to another folder" in found(result)["home"][1]


def test_an_account_that_has_all_is_fine(account):
    result = doctor()

    assert result.exit_code == 0, result.output
    assert [*verdicts(result)] == [
        "settings",
        "home",
        "disk",
        "region",
        "identity",
        "bucket",
        "lake",
        "landing",
        "key",
        "logs",
        "application",
        "release",
        "role",
        "permissions",
        "catalogue",
        "function",
        "timeout",
        "memory",
        "bootstrap",
        "invocation",
        "lambda rights",
        "cluster",
        "task",
        "task log",
        "network",
        "ecs rights",
        "code",
    ]
    assert {name for name, verdict in verdicts(result).items() if verdict == "-"} == {
        "key",
        "bootstrap",
        "ecs rights",
    }


def test_what_iam_would_deny_is_named_with_who_lacks_it(account):
    account.allow(CALLER, ["iam:*", "lambda:*", "ecs:*", "logs:*", "emr-serverless:Get*"])

    said = found(doctor())["permissions"]

    assert said[0] == "FAILED"
    assert said[1].startswith(f"{CALLER} may not emr-serverless:StartJobRun on arn:aws:emr-server")
    assert "GetJobRun" not in said[1]


def test_the_environment_can_be_named_instead_of_set(account, monkeypatch):
    monkeypatch.setenv("SENIORLINK_ENV", "local")

    assert verdicts(doctor("--env", "aws")) == verdicts(doctor("--env", "aws"))
    assert "identity" not in verdicts(doctor())
    assert verdicts(doctor("--env", "aws"))["identity"] == "ok"


def test_looking_leaves_nothing_behind_and_starts_nothing(account):
    before = objects(account)

    doctor()

    assert objects(account) == before
    assert account.jobs == []
    requested = {name for name in account.counters if name.startswith("emr-serverless:")}
    assert requested <= {"emr-serverless:GetApplication", "emr-serverless:CreateApplication"}


def test_a_setting_that_is_missing_is_said_and_aws_is_not_asked(account, monkeypatch):
    monkeypatch.delenv("SENIORLINK_EMR_ROLE")
    account.forget_counters()

    result = doctor()

    assert result.exit_code == 1
    assert found(result)["settings"][1].startswith("SENIORLINK_EMR_ROLE is not set, which ")
    assert found(result)["region"] == ("-", "not looked at, for settings is not ok")
    assert account.counters == {}


@pytest.mark.parametrize(
    ("fault", "check", "sentence"),
    [
        ({"service": "sts"}, "identity", "say who we are"),
        ({"service": "s3", "operation": "HeadBucket"}, "bucket", "look at the bucket lake"),
        ({"service": "s3", "operation": "PutObject", "resource": "*doctor*"}, "lake", "lake"),
        ({"service": "s3", "operation": "GetObject", "resource": "*doctor*"}, "lake", "lake"),
        ({"service": "s3", "operation": "DeleteObject*"}, "lake", "lake"),
        ({"service": "s3", "operation": "GetObject", "resource": "*visits*"}, "landing", "visits"),
        ({"service": "s3", "operation": "PutObject", "resource": "*logs/*"}, "logs", "logs"),
        ({"service": "emr-serverless"}, "application", "application"),
    ],
)
def test_a_right_that_is_missing_fails_the_check_that_needs_it(account, fault, check, sentence):
    account.faults.order("deny", **fault)

    result = doctor()

    assert result.exit_code == 1, result.output
    failed = {name for name, verdict in verdicts(result).items() if verdict == "FAILED"}
    assert check in failed
    assert sentence in found(result)[check][1]
    assert "Traceback" not in result.output


def test_a_role_that_we_may_not_look_at_is_no_failure(account):
    account.faults.order("deny", service="iam")

    result = doctor()

    assert result.exit_code == 0, result.output
    assert found(result)["role"][0] == "-"
    assert found(result)["permissions"][0] == "-"


def test_expired_credentials_are_said_to_be(account):
    account.expire_credentials()

    result = doctor()

    assert result.exit_code == 1
    assert "credentials" in found(result)["identity"][1]
    assert verdicts(result)["lake"] == "-"


def test_a_clock_that_is_wrong_is_said_to_be(account):
    account.faults.order("skew", service="sts")

    result = doctor()

    assert "set this machine's clock" in found(result)["identity"][1]


@pytest.mark.parametrize(
    ("name", "value", "check", "sentence"),
    [
        ("SENIORLINK_LAKE", "s3://no-such-bucket/company", "bucket", "no-such-bucket"),
        ("SENIORLINK_EMR_APPLICATION", "0nosuchapplication", "application", "0nosuchapplication"),
        ("SENIORLINK_EMR_ROLE", f"{ROLE}-other", "role", "seniorlink-job-other"),
        ("SENIORLINK_SPARK", "4.0.1", "release", "emr-7.10.0 has Spark 3.5.x, but"),
        ("AWS_REGION", "us-est-1", "region", "AWS_REGION is us-est-1, where there is no EMR"),
    ],
)
def test_a_setting_that_names_nothing_fails_the_check_of_it(
    account, monkeypatch, name, value, check, sentence
):
    monkeypatch.setenv(name, value)

    result = doctor()

    assert result.exit_code == 1, result.output
    assert found(result)[check][0] == "FAILED"
    assert sentence in found(result)[check][1]


def test_an_application_that_is_stopped_for_good_fails(account, monkeypatch):
    application = account.application(autoStartConfiguration={"enabled": False})
    monkeypatch.setenv("SENIORLINK_EMR_APPLICATION", application)
    service = account.client("emr-serverless")
    service.start_application(applicationId=application)
    service.stop_application(applicationId=application)

    result = doctor()

    assert found(result)["application"][0] == "FAILED"
    assert "does not start by itself" in found(result)["application"][1]
    assert found(result)["release"] == ("-", "not looked at, for application is not ok")


def test_a_cluster_that_is_not_there_fails_as_the_service(account, monkeypatch):
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "emr-ec2")
    monkeypatch.setenv("SENIORLINK_EMR_CLUSTER", "j-1ABCDEFGHIJKL")

    result = doctor()

    assert result.exit_code == 1
    assert "application" not in verdicts(result)
    assert found(result)["service"][0] == "FAILED"
    assert "j-1ABCDEFGHIJKL" in found(result)["service"][1]


def test_a_cluster_of_spark_has_no_service_to_ask(account, monkeypatch):
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "cluster")
    monkeypatch.setenv("SENIORLINK_SPARK_MASTER", "spark://127.0.0.1:7077")

    assert found(doctor())["service"] == ("-", "cluster asks nothing of AWS")


def test_a_launcher_that_is_none_is_a_setting_that_fails(account, monkeypatch):
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "emr")

    result = doctor()

    assert result.exit_code == 1
    assert found(result)["settings"][0] == "FAILED"
    assert "SENIORLINK_LAUNCHER is 'emr'" in found(result)["settings"][1]


def test_a_key_that_works_is_used_and_one_that_is_to_be_deleted_fails(account, monkeypatch):
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]
    monkeypatch.setenv("SENIORLINK_KMS_KEY", key["Arn"])

    fine = doctor()
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    going = doctor()

    assert found(fine)["key"] == ("ok", "Enabled")
    assert found(going)["key"][0] == "FAILED"
    assert "is PendingDeletion; enable it" in found(going)["key"][1]


def test_code_that_is_not_deployed_is_said_but_no_failure(account):
    listed = [{"Key": key} for key in objects(account) if "/code/" in key]
    account.client("s3").delete_objects(Bucket=BUCKET, Delete={"Objects": listed})

    result = doctor()

    assert result.exit_code == 0, result.output
    assert found(result)["code"][0] == "-"
    assert "`seniorlink deploy code` brings it there" in found(result)["code"][1]


def living_cluster(account, **settings):
    return account.client("emr").run_job_flow(
        Name="kept",
        ReleaseLabel="emr-7.10.0",
        JobFlowRole="EMR_EC2_DefaultRole",
        ServiceRole="EMR_DefaultRole",
        Applications=[{"Name": "Spark"}],
        Instances={"InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": True},
        **settings,
    )["JobFlowId"]


def test_a_living_cluster_is_looked_at_with_every_right_and_when_it_ends(account, monkeypatch):
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "emr-ec2")
    monkeypatch.setenv("SENIORLINK_EMR_CLUSTER", living_cluster(account))

    fine = found(doctor())
    ends = living_cluster(account, AutoTerminationPolicy={"IdleTimeout": 3600})
    monkeypatch.setenv("SENIORLINK_EMR_CLUSTER", ends)
    account.allow(CALLER, ["iam:*", "elasticmapreduce:Describe*", "elasticmapreduce:Add*"])
    narrow = found(doctor())

    assert (fine["lasting"][0], fine["permissions"][0]) == ("ok", "ok")
    assert narrow["lasting"] == (
        "-",
        f"{ends} ends by itself after 60 idle minutes, and what comes later finds none",
    )
    assert narrow["permissions"][0] == "FAILED"
    assert "elasticmapreduce:CancelSteps on arn:aws:elasticmapreduce:" in narrow["permissions"][1]
    assert "AddJobFlowSteps" not in narrow["permissions"][1]


def test_a_cluster_per_run_needs_the_right_to_make_it(account, monkeypatch, tmp_path):
    template = tmp_path / "cluster.json"
    roles = {"JobFlowRole": "EMR_EC2_DefaultRole", "ServiceRole": "EMR_DefaultRole"}
    template.write_text(json.dumps({"ReleaseLabel": "emr-7.10.0", "Instances": {}, **roles}))
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "emr-ec2")
    monkeypatch.setenv("SENIORLINK_EMR_CLUSTER_TEMPLATE", str(template))
    account.allow(CALLER, ["elasticmapreduce:*Step*", "elasticmapreduce:*Cluster*", "iam:Pass*"])

    verdict, said = found(doctor())["permissions"]

    assert verdict == "FAILED"
    assert "elasticmapreduce:RunJobFlow on *" in said
    assert "elasticmapreduce:PutAutoTerminationPolicy on *" in said
    assert "PassRole" not in said


def test_jobs_on_eks_need_rights_on_the_virtual_cluster_and_on_their_runs(account, monkeypatch):
    cluster = account.client("emr-containers").create_virtual_cluster(
        name="jobs",
        containerProvider={"id": "eks", "type": "EKS", "info": {"eksInfo": {"namespace": "jobs"}}},
    )
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "emr-eks")
    monkeypatch.setenv("SENIORLINK_EMR_VIRTUAL_CLUSTER", cluster["id"])
    monkeypatch.setenv("SENIORLINK_EMR_RELEASE", "emr-7.10.0-latest")
    account.allow(CALLER, ["emr-containers:*"], cluster["arn"])

    verdict, said = found(doctor())["permissions"]

    assert verdict == "FAILED"
    runs = f"{cluster['arn']}/jobruns/*"
    wanted = [f"emr-containers:{action} on {runs}" for action in ("DescribeJobRun", "CancelJobRun")]
    assert said == f"{CALLER} may not {', '.join(wanted)}; allow it in its policies"
