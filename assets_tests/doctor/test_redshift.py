"""What is looked at before tables are loaded into Redshift, and what is said to be missing."""

import gc
from collections.abc import Mapping

import pytest

from assets_tests.doubles.aws.running import CALLER, Double
from assets_tests.doubles.cloud import CLUSTER, COPY_ROLE, Cloud, set_up
from assets_tests.doubles.redshift.running import RedshiftDouble
from seniorlink_assets.definitions import definitions
from seniorlink_assets.doctor import aws as doctor
from seniorlink_assets.doctor.check import Check, findings
from seniorlink_assets.doctor.redshift import LOOKS
from seniorlink_assets.launchers.aws import forget_clients
from seniorlink_assets.settings import SETTINGS

definitions()  # declares the catalogue, and who reads its tables
OURS = {name for name, _, _ in LOOKS}
SCHEMAS = "SELECT nspname FROM pg_namespace ORDER BY 1"


@pytest.fixture(scope="module")
def database(redshift_process: RedshiftDouble) -> str:
    """One for all tests, for the doctor leaves nothing in it."""
    return redshift_process.database()


@pytest.fixture
def there(aws: Double, redshift: RedshiftDouble, database, tmp_path, monkeypatch):
    """All that tables in Redshift need."""
    for name in [*(setting.name for setting in SETTINGS), "AWS_DEFAULT_REGION"]:
        monkeypatch.delenv(name, raising=False)
    cloud = set_up(aws, redshift, database)
    for name, value in cloud.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path))
    forget_clients()
    yield cloud
    redshift.faults.clear()
    forget_clients()


def found(*names: str) -> dict[str, tuple[str, str]]:
    """Verdict and sentence of these checks of Redshift, after what they need; of all, if none."""
    checks = {check.name: check for check in doctor.checks()}
    wanted: list[str] = []
    for name in names or [name for name, _, _ in LOOKS if name in checks]:
        _add(name, checks, wanted)
    return {
        finding.name: (finding.verdict, finding.sentence)
        for finding in findings(checks[name] for name in wanted)
        if finding.name in OURS
    }


def _add(name: str, checks: Mapping[str, Check], wanted: list[str]) -> None:
    for needed in checks[name].needs:
        _add(needed, checks, wanted)
    if name not in wanted:
        wanted.append(name)


def failures(*names: str) -> dict[str, str]:
    return {name: said for name, (verdict, said) in found(*names).items() if verdict == "FAILED"}


@pytest.fixture
def through_the_data_api(there: Cloud, monkeypatch):
    monkeypatch.setenv("SENIORLINK_REDSHIFT_TRANSPORT", "data-api")
    there.aws.time(minute=60, pace=0)


def test_without_a_redshift_nothing_of_it_is_looked_at(there, monkeypatch):
    monkeypatch.delenv("SENIORLINK_REDSHIFT_CLUSTER")

    assert found() == {}


def test_a_cluster_that_has_all_is_fine_and_is_left_as_it_was(there):
    before = there.rows(SCHEMAS)

    said = found()

    assert {name: verdict for name, (verdict, _) in said.items()} == dict.fromkeys(OURS, "ok")
    assert said["warehouse"][1] == f"{CLUSTER} is available, 2 nodes of ra3.large in us-east-1"
    assert said["connection"][1].startswith(
        f"IAMR:orchestrator in {there.database} by TLS, its certificate verified, in 0."
    )
    assert there.rows(SCHEMAS) == before


def test_a_workgroup_that_has_all_is_fine(there, monkeypatch):
    there.aws.redshift(there.redshift, workgroup="company-wg")
    monkeypatch.delenv("SENIORLINK_REDSHIFT_CLUSTER")
    monkeypatch.setenv("SENIORLINK_REDSHIFT_WORKGROUP", "company-wg")

    said = found()

    assert {name: verdict for name, (verdict, _) in said.items()} == dict.fromkeys(OURS, "ok")
    assert said["warehouse"][1] == "company-wg is available, 8 RPUs in us-east-1"


def test_the_data_api_needs_no_login(there, through_the_data_api):
    said = found()

    assert {name for name, (verdict, _) in said.items() if verdict == "-"} == {"login"}
    assert " by the Data API, in 0." in said["connection"][1]


def test_the_default_role_of_a_cluster_will_do(there, monkeypatch):
    monkeypatch.setenv("SENIORLINK_REDSHIFT_COPY_ROLE", "default")

    assert found("copy role")["copy role"] == (
        "ok",
        f"{COPY_ROLE} is attached, and trusts Redshift",
    )


def test_a_cluster_that_is_not_there_fails_and_nothing_else_is_looked_at(there, monkeypatch):
    monkeypatch.setenv("SENIORLINK_REDSHIFT_CLUSTER", "other-dwh")

    said = found()

    assert "AWS cannot look at other-dwh" in said["warehouse"][1]
    assert {verdict for name, (verdict, _) in said.items() if name != "warehouse"} == {"-"}


def test_a_cluster_that_is_paused_fails(there):
    there.aws.client("redshift").pause_cluster(ClusterIdentifier=CLUSTER)

    assert "resume it, or wait until it is available" in failures("warehouse")["warehouse"]


def test_a_certificate_that_nobody_vouches_for_fails_the_connection(there, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    said = failures("connection")

    assert [*said] == ["connection"]
    assert "certificate" in said["connection"]


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # the driver's own
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_database_that_is_not_there_fails_the_connection(there, monkeypatch):
    monkeypatch.setenv("SENIORLINK_REDSHIFT_DATABASE", "elsewhere")

    assert "elsewhere" in failures("connection")["connection"]
    gc.collect()


def test_a_data_api_that_we_may_not_use_fails_the_connection(there, through_the_data_api):
    there.aws.faults.order("deny", service="redshift-data")

    assert [*failures("connection")] == ["connection"]


def test_a_user_who_may_make_no_schema_fails(there, monkeypatch):
    other = there.redshift.database()
    there.rows(f"REVOKE CREATE ON DATABASE {other} FROM PUBLIC")
    monkeypatch.setenv("SENIORLINK_REDSHIFT_DATABASE", other)

    assert "grant it" in failures("schemas")["schemas"]


def test_a_reader_who_is_not_there_is_named(there):
    there.redshift.faults.order(
        "fail", pattern="GRANT", code="42704", message='role "bi" does not exist'
    )

    assert failures("readers")["readers"].startswith(
        "The role bi cannot be let read, who is declared to ("
    )


def test_a_copy_role_that_is_not_attached_fails(there, monkeypatch):
    other = COPY_ROLE.replace("redshift-copy", "other")
    monkeypatch.setenv("SENIORLINK_REDSHIFT_COPY_ROLE", other)

    said = failures("copy role")

    assert [*said] == ["copy role"]
    assert said["copy role"].startswith(f"{other} is not attached to {CLUSTER}")


def test_a_copy_role_that_redshift_may_not_assume_fails(there):
    there.aws.client("iam").update_assume_role_policy(
        RoleName=COPY_ROLE.rpartition("/")[2],
        PolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", '
        '"Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}',
    )

    assert "let its trust policy name redshift.amazonaws.com" in failures("copy role")["copy role"]


def test_what_the_copy_role_may_not_read_is_named(there):
    lake = "arn:aws:s3:::lake/seniorlink"
    there.aws.allow(COPY_ROLE, ["s3:*"], ["arn:aws:s3:::lake", f"{lake}/loads/*"])

    assert failures("copy rights") == {
        "copy rights": f"{COPY_ROLE} may not s3:GetObject on {lake}/snapshots/*; allow it in its "
        "policies"
    }


def test_a_login_that_we_may_not_ask_for_is_named(there):
    there.aws.allow(CALLER, ["redshift:DescribeClusters", "iam:*", "sts:*"])

    assert failures("load rights")["load rights"] == (
        f"{CALLER} may not redshift:GetClusterCredentialsWithIAM on arn:aws:redshift:us-east-1:"
        f"123456789012:dbname:{CLUSTER}/{there.database}; allow it in its policies"
    )


def test_what_nobody_may_simulate_is_no_failure(there):
    there.aws.faults.order("deny", service="iam")

    said = found("load rights", "copy rights")

    assert {name for name, (verdict, _) in said.items() if verdict == "-"} == {
        "load rights",
        "copy role",
        "copy rights",
    }
