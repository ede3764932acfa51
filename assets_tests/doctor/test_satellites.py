"""What is wrong with the services of satellites is said before anything is started there."""

from datetime import timedelta

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID

from assets_tests.doubles.aws.running import BUCKET, CALLER, REGION, ROLE, Double
from assets_tests.launchers.satellite_services import make_ecs, make_instance, make_lambda
from seniorlink_assets.doctor import aws as doctor
from seniorlink_assets.doctor.check import findings
from seniorlink_assets.launchers.aws import forget_clients
from seniorlink_assets.launchers.lambda_function import packed
from seniorlink_assets.settings import SETTINGS

ON_LAMBDA = ["function", "timeout", "memory", "bootstrap", "invocation", "lambda rights"]
ON_ECS = ["cluster", "task", "task log", "network", "ecs rights"]
ON_EC2 = ["instance", "ec2 rights"]


class Table:
    """Of a catalogue, as far as a doctor looks."""

    def __init__(self, satellite: str | None, timeout: timedelta | None = None) -> None:
        self.key, self.satellite, self.timeout = "care/moods", satellite, timeout


@pytest.fixture
def catalogue(monkeypatch):
    """The tables that there are; a test adds its own."""
    tables: list[Table] = [Table(None)]
    monkeypatch.setattr("seniorlink_assets.doctor.account.every_table", lambda: tables)
    return tables


@pytest.fixture
def account(aws: Double, catalogue, monkeypatch):
    """An account with nothing for satellites."""
    for name in [*(setting.name for setting in SETTINGS), "AWS_DEFAULT_REGION"]:
        monkeypatch.delenv(name, raising=False)
    wanted = {
        **aws.environment,
        "SENIORLINK_LAKE": f"s3://{BUCKET}/company",
        "SENIORLINK_EMR_ROLE": ROLE,
        "SENIORLINK_EMR_APPLICATION": "00f1abcdefgh2345",
    }
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    yield aws
    forget_clients()


@pytest.fixture
def on_lambda(account, monkeypatch):
    make_lambda(account)
    monkeypatch.setenv("SENIORLINK_LAMBDA_FUNCTION", "satellite")
    return account.client("lambda")


@pytest.fixture
def on_ecs(account, monkeypatch):
    make_ecs(account)
    account.client("logs").create_log_group(logGroupName="/ecs")
    monkeypatch.setenv("SENIORLINK_ECS_CLUSTER", "satellites")
    monkeypatch.setenv("SENIORLINK_ECS_TASK", "satellite")
    return account.client("ecs")


@pytest.fixture
def on_ec2(account, monkeypatch):
    """An instance whose programs run as the role of jobs."""
    iam = account.client("iam")
    profile = iam.create_instance_profile(InstanceProfileName="satellites")["InstanceProfile"]
    iam.add_role_to_instance_profile(
        InstanceProfileName="satellites", RoleName=ROLE.rpartition("/")[2]
    )
    instance = make_instance(account, IamInstanceProfile={"Arn": profile["Arn"]})
    monkeypatch.setenv("SENIORLINK_EC2_INSTANCE", instance)
    return instance


def found() -> dict[str, tuple[str, str]]:
    """Verdict and sentence of the checks that are only of satellites."""
    apart = {"catalogue", *ON_LAMBDA, *ON_ECS, *ON_EC2}
    wanted = [
        check
        for check in doctor.checks()
        if check.name in apart or check.name in ("settings", "region", "identity")
    ]
    return {
        finding.name: (finding.verdict, finding.sentence)
        for finding in findings(wanted)
        if finding.name in apart
    }


def verdicts() -> dict[str, str]:
    return {name: verdict for name, (verdict, _) in found().items()}


def failures() -> dict[str, str]:
    return {name: said for name, (verdict, said) in found().items() if verdict == "FAILED"}


def fargate(ecs, **settings):
    """The task definition `satellite`, as one for Fargate."""
    ecs.register_task_definition(
        **{
            "family": "satellite",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "taskRoleArn": ROLE,
            "executionRoleArn": ROLE,
            "containerDefinitions": [{"name": "main", "image": "satellite"}],
            **settings,
        }
    )


def subnet(account, monkeypatch):
    ec2 = account.client("ec2")
    (first, *_) = ec2.describe_subnets()["Subnets"]
    monkeypatch.setenv("SENIORLINK_ECS_SUBNETS", first["SubnetId"])
    return first


def test_services_that_nobody_names_are_not_looked_at(account):
    assert verdicts() == {"catalogue": "ok"}


def test_a_service_that_a_table_is_declared_for_needs_its_settings(account, catalogue):
    catalogue.append(Table("lambda"))

    said = found()

    assert [*said] == ["catalogue", *ON_LAMBDA]
    assert said["catalogue"][1] == "2 tables and extracts, 1 of them satellites"
    assert said["function"][0] == "FAILED"
    assert said["function"][1].startswith("SENIORLINK_LAMBDA_FUNCTION is not set, which a sat")
    assert said["timeout"] == ("-", "not looked at, for function is not ok")


def test_satellites_of_this_machine_need_no_service(account, catalogue, monkeypatch):
    catalogue.append(Table("ecs"))
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "cluster")
    monkeypatch.setenv("SENIORLINK_SPARK_MASTER", "spark://127.0.0.1:7077")

    assert verdicts() == {"catalogue": "ok"}


def test_a_function_that_has_all_is_fine_and_nothing_is_started(account, on_lambda):
    on_lambda.update_function_code(FunctionName="satellite", ZipFile=packed())

    said = found()

    assert {name: verdict for name, (verdict, _) in said.items()} == dict.fromkeys(
        ["catalogue", *ON_LAMBDA], "ok"
    )
    assert account.jobs == []


def test_a_function_that_is_not_there_fails(account, on_lambda):
    on_lambda.delete_function(FunctionName="satellite")

    assert "AWS cannot look at the Lambda function satellite" in failures()["function"]


def test_a_function_with_other_code_may_be_right_but_is_said_to_be_other(account, on_lambda):
    verdict, said = found()["bootstrap"]

    assert verdict == "-"
    assert "`seniorlink deploy satellites` brings it there" in said


@pytest.mark.parametrize(
    ("change", "check", "sentence"),
    [
        ({"Timeout": 3}, "timeout", "ends everything after 3 s; give it a timeout of at least 60"),
        ({"MemorySize": 128}, "memory", "has 128 MB of memory"),
        ({"Handler": "other.handler"}, "bootstrap", "is other.handler; make it bootstrap.handler"),
    ],
)
def test_a_function_that_is_made_wrongly_fails(account, on_lambda, change, check, sentence):
    on_lambda.update_function_code(FunctionName="satellite", ZipFile=packed())
    on_lambda.update_function_configuration(FunctionName="satellite", **change)

    assert [*failures()] == [check]
    assert sentence in failures()[check]


@pytest.mark.parametrize(("minutes", "needed"), [(5, 315), (15, 900)])
def test_a_function_must_give_a_table_the_time_it_asks_for(
    account, on_lambda, catalogue, minutes, needed
):
    catalogue.append(Table("lambda", timedelta(minutes=minutes)))
    on_lambda.update_function_configuration(FunctionName="satellite", Timeout=200)

    assert f"at least {needed} s for care/moods" in failures()["timeout"]

    on_lambda.update_function_configuration(FunctionName="satellite", Timeout=needed)

    assert failures() == {}


def test_a_function_that_we_may_not_invoke_fails(account, on_lambda):
    account.faults.order("deny", service="lambda", operation="Invoke")

    assert "invoke the Lambda function satellite" in failures()["invocation"]


def test_rights_that_are_missing_are_named_with_who_lacks_them(account, on_lambda):
    account.allow(ROLE, ["s3:GetObject", "s3:ListBucket"])

    said = failures()["lambda rights"]

    assert said.startswith(f"{ROLE} may not s3:AbortMultipartUpload on arn:aws:s3:::lake/company/*")
    assert "s3:PutObject on arn:aws:s3:::lake/company/*" in said
    assert "GetObject" not in said


def test_what_nobody_may_simulate_is_no_failure(account, on_lambda, on_ecs, on_ec2):
    account.faults.order("deny", service="iam")

    said = verdicts()

    assert "FAILED" not in said.values()
    assert [said[name] for name in ("lambda rights", "ecs rights", "ec2 rights")] == ["-"] * 3


def test_a_task_that_has_all_is_fine_and_nothing_is_started(account, on_ecs, monkeypatch):
    container = {
        "name": "main",
        "image": "satellite",
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": "/ecs", "awslogs-stream-prefix": "s"},
        },
    }
    fargate(on_ecs, containerDefinitions=[container])
    subnet(account, monkeypatch)

    said = found()

    assert {name: verdict for name, (verdict, _) in said.items()} == dict.fromkeys(
        ["catalogue", *ON_ECS], "ok"
    )
    assert account.jobs == []


def test_a_cluster_that_is_deleted_fails(account, on_ecs):
    on_ecs.delete_cluster(cluster="satellites")

    assert "There is no active ECS cluster satellites" in failures()["cluster"]


def test_a_task_definition_that_is_not_active_fails(account, on_ecs):
    on_ecs.deregister_task_definition(taskDefinition="satellite:1")

    assert "task definition satellite" in failures()["cluster"]


def test_a_task_with_too_little_memory_fails(account, on_ecs):
    on_ecs.register_task_definition(
        family="satellite", containerDefinitions=[{"name": "m", "image": "i", "memory": 128}]
    )

    assert "satellite has 128 MB of memory" in failures()["task"]


def test_a_task_without_a_log_is_said_to_have_none(account, on_ecs):
    on_ecs.register_task_definition(
        family="satellite", containerDefinitions=[{"name": "m", "image": "i", "memory": 512}]
    )

    verdict, said = found()["task log"]

    assert verdict == "-"
    assert "awslogs-stream-prefix" in said


def test_a_log_group_that_is_not_there_fails(account, on_ecs):
    account.client("logs").delete_log_group(logGroupName="/ecs")

    assert "aws logs create-log-group --log-group-name /ecs" in failures()["task log"]


def test_a_task_of_fargate_needs_a_role_and_subnets(account, on_ecs, monkeypatch):
    fargate(on_ecs, taskRoleArn="")

    assert "which needs subnets; set SENIORLINK_ECS_SUBNETS" in failures()["network"]

    subnet(account, monkeypatch)

    assert "has no task role" in failures()["task"]


def test_subnets_are_for_fargate_only(account, on_ecs, monkeypatch):
    subnet(account, monkeypatch)

    assert "unset SENIORLINK_ECS_SUBNETS" in failures()["network"]


def test_subnets_and_security_groups_must_be_there_and_of_one_network(account, on_ecs, monkeypatch):
    fargate(on_ecs)
    monkeypatch.setenv("SENIORLINK_ECS_SUBNETS", "subnet-0a1b2c3d")
    assert "AWS cannot look at SENIORLINK_ECS_SUBNETS" in failures()["network"]
    subnet(account, monkeypatch)
    ec2 = account.client("ec2")
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="other", Description="other", VpcId=other)

    monkeypatch.setenv("SENIORLINK_ECS_SECURITY_GROUPS", group["GroupId"])

    assert "are of several networks (" in failures()["network"]
    assert other in failures()["network"]


def test_starting_a_task_needs_the_right_to_pass_its_roles(account, on_ecs):
    fargate(on_ecs)
    account.allow(CALLER, ["ecs:*", "logs:*", "ec2:*"])

    said = failures()["ecs rights"]

    assert said == f"{CALLER} may not iam:PassRole on {ROLE}; allow it in its policies"


def test_an_instance_that_has_all_is_fine_and_nothing_is_started(account, on_ec2):
    assert verdicts() == dict.fromkeys(["catalogue", *ON_EC2], "ok")
    assert account.jobs == []


def test_an_instance_that_is_stopped_fails(account, on_ec2):
    account.client("ec2").stop_instances(InstanceIds=[on_ec2])

    assert f"The instance {on_ec2} is unknown to Systems Manager" in failures()["instance"]


def test_sending_a_command_is_a_right_on_the_instance_and_on_the_document(account, on_ec2):
    document = f"arn:aws:ssm:{REGION}::document/AWS-RunShellScript"
    account.allow(CALLER, "ssm:*", document)

    said = failures()["ec2 rights"]

    where = f"arn:aws:ec2:{REGION}:{DEFAULT_ACCOUNT_ID}:instance/{on_ec2}"
    assert f"{CALLER} may not ssm:SendCommand on {where}, ssm:CancelCommand on *" in said


def test_an_instance_without_a_profile_cannot_be_judged(account, monkeypatch):
    monkeypatch.setenv("SENIORLINK_EC2_INSTANCE", make_instance(account))

    assert found()["ec2 rights"][0] == "-"
