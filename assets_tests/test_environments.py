"""From settings to an environment: the switch to AWS changes where things are, and nothing else."""

import subprocess
import sys

import pytest

from seniorlink_assets.environments import (
    CHECKOUT,
    EnvironmentSettingError,
    check_settings,
    environment,
    jobs_at_once,
    spark_version,
)
from seniorlink_assets.launchers.cluster import ClusterLauncher
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.launchers.remote import RemoteLauncher
from seniorlink_assets.settings import SETTINGS
from seniorlink_assets.storage.disk import DiskStorage

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
AWS = {
    "SENIORLINK_ENV": "aws",
    "AWS_REGION": "us-east-1",
    "SENIORLINK_LAKE": "s3://company-lake/seniorlink",
    "SENIORLINK_EMR_ROLE": "arn:aws:iam::111122223333:role/seniorlink-job",
    "SENIORLINK_EMR_APPLICATION": "00f1abcdefgh2345",
}


REDSHIFT = {
    "SENIORLINK_REDSHIFT_CLUSTER": "company-dwh",
    "SENIORLINK_REDSHIFT_DATABASE": "company",
    "SENIORLINK_REDSHIFT_COPY_ROLE": "arn:aws:iam::111122223333:role/seniorlink-copy",
}


@pytest.fixture(autouse=True)
def nothing_set(tmp_path, monkeypatch):
    for name in [*(setting.name for setting in SETTINGS), "AWS_DEFAULT_REGION"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path))


@pytest.fixture
def aws(monkeypatch):
    """All that the launcher of AWS needs is set."""
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def redshift(aws, monkeypatch):
    """A cluster for the tables is set as well."""
    for name, value in REDSHIFT.items():
        monkeypatch.setenv(name, value)


def test_without_settings_all_is_on_this_machine(tmp_path):
    bound = environment()

    assert isinstance(bound.launcher, LocalLauncher)
    assert bound.buckets is None
    assert isinstance(bound.storage, DiskStorage)
    assert bound.storage.root == bound.papers.root == tmp_path / "lake"


def test_aws_is_the_lake_in_s3_and_jobs_on_emr_serverless(aws):
    bound = environment()

    assert isinstance(bound.launcher, RemoteLauncher)
    assert bound.launcher.name == "emr-serverless"
    assert bound.storage.url == "s3://company-lake/seniorlink"
    assert bound.papers is bound.storage
    assert bound.buckets.landing.url == bound.storage.url


def test_landing_and_logs_may_be_in_buckets_of_their_own(aws, monkeypatch):
    monkeypatch.setenv("SENIORLINK_LANDING", "s3://company-landing/")
    monkeypatch.setenv("SENIORLINK_LOGS", "s3://company-logs/emr/")

    bound = environment()

    assert bound.buckets.landing.url == "s3://company-landing"
    assert bound.launcher.service.logs == "s3://company-logs/emr"


def test_logs_are_in_the_lake_unless_they_have_a_place(aws):
    assert environment().launcher.service.logs == "s3://company-lake/seniorlink/logs"


def test_the_other_name_of_the_region_will_do(aws, monkeypatch):
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    assert environment().buckets.region == "eu-west-1"


def test_an_environment_can_be_asked_for_by_its_name(aws):
    assert environment("local").buckets is None
    assert isinstance(environment("local").launcher, LocalLauncher)


@pytest.mark.parametrize("launcher", ["local", "cluster"])
def test_a_launcher_of_this_machine_keeps_papers_here_though_the_lake_is_not(
    aws, monkeypatch, launcher, tmp_path
):
    monkeypatch.setenv("SENIORLINK_LAUNCHER", launcher)
    monkeypatch.setenv("SENIORLINK_SPARK_MASTER", "spark://127.0.0.1:7077")

    bound = environment()

    assert bound.storage.url == "s3://company-lake/seniorlink"
    assert bound.papers.url == str(tmp_path / "lake")


def test_a_cluster_needs_no_aws(monkeypatch):
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "cluster")
    monkeypatch.setenv("SENIORLINK_SPARK_MASTER", "spark://127.0.0.1:7077")
    monkeypatch.setenv("SENIORLINK_JOB_MEMORY", "2g")
    monkeypatch.setenv("HADOOP_CONF_DIR", "/etc/hadoop")
    monkeypatch.setenv("SENIORLINK_SPARK_MASTER_PAGE", "http://127.0.0.1:8081")

    assert environment().launcher == ClusterLauncher(
        master="spark://127.0.0.1:7077",
        memory="2g",
        cores=2,
        hadoop_conf="/etc/hadoop",
        page="http://127.0.0.1:8081",
    )


def test_jobs_run_as_steps_of_a_cluster_that_is_kept(aws, monkeypatch):
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "emr-ec2")
    monkeypatch.setenv("SENIORLINK_EMR_CLUSTER", "j-1ABCDEFGHIJKL")

    service = environment().launcher.service

    assert (service.name, service.cluster) == ("emr-ec2", "j-1ABCDEFGHIJKL")
    assert service.role == AWS["SENIORLINK_EMR_ROLE"]


def test_a_template_makes_a_cluster_of_its_own(aws, monkeypatch, tmp_path):
    (tmp_path / "cluster.json").write_text('{"Name": "seniorlink"}')
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "emr-ec2")
    monkeypatch.setenv("SENIORLINK_EMR_CLUSTER_TEMPLATE", str(tmp_path / "cluster.json"))

    assert environment().launcher.service.template == {"Name": "seniorlink"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "which cannot be read as JSON"),
        ("{", "which cannot be read as JSON"),
        ("[]", "which holds no JSON object"),
    ],
)
def test_a_template_that_is_none_is_one_sentence(aws, monkeypatch, tmp_path, content, sentence):
    if content is not None:
        (tmp_path / "cluster.json").write_text(content)
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "emr-ec2")
    monkeypatch.setenv("SENIORLINK_EMR_CLUSTER_TEMPLATE", str(tmp_path / "cluster.json"))

    with pytest.raises(EnvironmentSettingError, match=sentence) as refused:
        check_settings()

    assert str(refused.value).startswith("SENIORLINK_EMR_CLUSTER_TEMPLATE is '/")


def test_jobs_run_on_eks(aws, monkeypatch):
    monkeypatch.setenv("SENIORLINK_LAUNCHER", "emr-eks")
    monkeypatch.setenv("SENIORLINK_EMR_VIRTUAL_CLUSTER", "0b0qvauoy3ch1nqod")
    monkeypatch.setenv("SENIORLINK_EMR_RELEASE", "emr-7.12.0-latest")

    service = environment().launcher.service

    assert (service.name, service.cluster) == ("emr-eks", "0b0qvauoy3ch1nqod")
    assert service.release == "emr-7.12.0-latest"


@pytest.mark.parametrize("name", [name for name in AWS if name != "SENIORLINK_ENV"])
def test_a_setting_that_aws_needs_is_missed_by_its_name(aws, monkeypatch, name):
    monkeypatch.delenv(name)

    with pytest.raises(EnvironmentSettingError, match=f"^{name} is not set, which SENIORLINK_"):
        check_settings()


@pytest.mark.parametrize(
    ("launcher", "name"),
    [
        ("cluster", "SENIORLINK_SPARK_MASTER"),
        ("emr-ec2", "SENIORLINK_EMR_CLUSTER"),
        ("emr-eks", "SENIORLINK_EMR_VIRTUAL_CLUSTER"),
        ("emr-eks", "SENIORLINK_EMR_RELEASE"),
        ("emr-eks", "SENIORLINK_EMR_ROLE"),
    ],
)
def test_what_a_launcher_needs_is_missed_with_its_name(aws, monkeypatch, launcher, name):
    monkeypatch.setenv("SENIORLINK_LAUNCHER", launcher)
    for other in SETTINGS:
        if other.needed_by:
            monkeypatch.setenv(other.name, other.example)
    monkeypatch.delenv(name)

    with pytest.raises(EnvironmentSettingError) as refused:
        check_settings()

    assert str(refused.value).startswith(f"{name} is not set, which SENIORLINK_LAUNCHER={launcher}")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"SENIORLINK_KMS_KEY": KEY.replace("us-east-1", "eu-west-1")},
            "SENIORLINK_KMS_KEY is a key of eu-west-1, but AWS_REGION is us-east-1; "
            "use a key of that region",
        ),
        (
            {"SENIORLINK_LAUNCHER": "inline"},
            "SENIORLINK_LAUNCHER is 'inline'; use emr-serverless, emr-ec2, emr-eks, cluster or "
            "local, or set SENIORLINK_ENV=local",
        ),
        (
            {"SENIORLINK_ENV": "local", "SENIORLINK_LAUNCHER": "emr-eks"},
            "SENIORLINK_LAUNCHER is 'emr-eks'; use local, inline or cluster, "
            "or set SENIORLINK_ENV=aws",
        ),
        (
            {"SENIORLINK_EMR_APPLICATION": "application 1"},
            "SENIORLINK_EMR_APPLICATION is 'application 1'; write the id of an application, "
            "not its name or ARN, as 00f1abcdefgh2345",
        ),
        (
            {"SENIORLINK_LAKE": "s3://"},
            "SENIORLINK_LAKE is 's3://'; write an S3 URL with a bucket, "
            "as s3://company-lake/seniorlink",
        ),
        (
            {"SENIORLINK_EMR_RATES": "cheap"},
            "SENIORLINK_EMR_RATES is 'cheap'; write three numbers with commas between them, "
            "as 0.05,0.005,0.0001",
        ),
    ],
)
def test_a_setting_of_aws_that_is_wrong_is_one_sentence(aws, monkeypatch, variables, sentence):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(EnvironmentSettingError) as refused:
        check_settings()

    assert str(refused.value) == sentence


def test_tables_are_in_duckdb_until_a_redshift_is_named(aws):
    assert type(environment().warehouse).__name__ == "DuckDBWarehouse"


@pytest.mark.parametrize("name", ["SENIORLINK_REDSHIFT_CLUSTER", "SENIORLINK_REDSHIFT_WORKGROUP"])
def test_tables_are_in_the_redshift_that_is_named(redshift, monkeypatch, name):
    monkeypatch.delenv("SENIORLINK_REDSHIFT_CLUSTER")
    monkeypatch.setenv(name, "company-dwh")

    warehouse = environment().warehouse

    assert type(warehouse).__name__ == "RedshiftWarehouse"
    assert warehouse.place == "company on company-dwh"


@pytest.mark.parametrize("name", [*REDSHIFT][1:])
def test_a_setting_that_redshift_needs_is_missed_by_its_name(redshift, monkeypatch, name):
    monkeypatch.delenv(name)

    with pytest.raises(EnvironmentSettingError, match=f"^{name} is not set, which a warehouse in"):
        check_settings()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"SENIORLINK_REDSHIFT_WORKGROUP": "company-wg"},
            "SENIORLINK_REDSHIFT_CLUSTER and SENIORLINK_REDSHIFT_WORKGROUP are both set; "
            "unset the one that tables are not in",
        ),
        (
            {"SENIORLINK_REDSHIFT_SECRET": "dwh", "SENIORLINK_REDSHIFT_USER": "etl"},
            "SENIORLINK_REDSHIFT_SECRET and SENIORLINK_REDSHIFT_USER are both set; "
            "unset the user, as the secret holds one",
        ),
        (
            {
                "SENIORLINK_REDSHIFT_ENDPOINT": "dwh.company.example:5439",
                "SENIORLINK_REDSHIFT_TRANSPORT": "data-api",
            },
            "SENIORLINK_REDSHIFT_ENDPOINT is set, but SENIORLINK_REDSHIFT_TRANSPORT is data-api, "
            "which connects nowhere; unset one of them",
        ),
        (
            {"SENIORLINK_ENV": "local"},
            "SENIORLINK_REDSHIFT_CLUSTER or SENIORLINK_REDSHIFT_WORKGROUP is set, but "
            "SENIORLINK_ENV is local, and Redshift loads from S3 alone; set SENIORLINK_ENV=aws, "
            "or unset it",
        ),
    ],
)
def test_settings_of_redshift_that_contradict_each_other_are_one_sentence(
    redshift, monkeypatch, variables, sentence
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(EnvironmentSettingError) as refused:
        check_settings()

    assert str(refused.value) == sentence


def test_a_workgroup_has_no_user_that_could_be_named(redshift, monkeypatch):
    monkeypatch.delenv("SENIORLINK_REDSHIFT_CLUSTER")
    monkeypatch.setenv("SENIORLINK_REDSHIFT_WORKGROUP", "company-wg")
    monkeypatch.setenv("SENIORLINK_REDSHIFT_USER", "etl")

    with pytest.raises(EnvironmentSettingError, match=r"gives each who asks its own$"):
        check_settings()


def test_emr_has_more_jobs_at_once_than_this_machine(aws, monkeypatch):
    there = jobs_at_once()
    monkeypatch.setenv("SENIORLINK_ENV", "local")

    assert (there, jobs_at_once() <= 4) == (20, True)


def test_jobs_at_once_are_as_many_as_somebody_says(aws, monkeypatch):
    monkeypatch.setenv("SENIORLINK_JOBS", "200")

    assert jobs_at_once() == 200


def test_the_spark_of_jobs_is_the_one_here_unless_another_is_named(monkeypatch):
    here = spark_version()
    monkeypatch.setenv("SENIORLINK_SPARK", "3.5.6")

    assert (here[:2], spark_version()) == ("4.", "3.5.6")


def test_rates_that_are_set_win(aws, monkeypatch):
    monkeypatch.setenv("SENIORLINK_EMR_RATES", "0.04,0.004,0.0001")

    rates = environment().launcher.service.rates

    assert (rates.vcpu, rates.memory_gb, rates.storage_gb) == (0.04, 0.004, 0.0001)
    assert rates.source == "SENIORLINK_EMR_RATES"


LOADED = """
import sys
from seniorlink_assets.definitions import definitions
definitions().get_repository_def().get_all_jobs()
heavy = {"boto3", "botocore.client", "pyspark", "duckdb", "redshift_connector"}
print(*sorted(heavy.intersection(sys.modules)))
"""


def test_the_code_location_of_aws_asks_nothing_of_aws_and_imports_nothing_heavy(redshift):
    said = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == ""
