"""Logins to Redshift, from whatever AWS knows of us."""

import json
import logging
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from assets_tests.doubles.aws.nowhere import Nowhere
from assets_tests.doubles.aws.running import Double
from assets_tests.warehouses.redshift.amazon import (  # noqa: F401
    CLUSTER,
    WORKGROUP,
    lasting_amazon,
    new_clients,
)
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.warehouses.redshift import credentials
from seniorlink_assets.warehouses.redshift.credentials import (
    ClusterLogins,
    Login,
    Logins,
    SecretLogins,
    WorkgroupLogins,
)
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed

NOT_TO_BE_SHOWN = "pa55word"
LOADER = "arn:aws:iam::123456789012:role/loader"


@pytest.fixture
def cloud(lasting_amazon: Double) -> Double:  # noqa: F811
    lasting_amazon.faults.clear()
    lasting_amazon.forget_counters()
    lasting_amazon.redshift(Nowhere(), cluster=CLUSTER, workgroup=WORKGROUP)
    return lasting_amazon


def cluster_logins(user: str = "", endpoint: str = "") -> ClusterLogins:
    return ClusterLogins(Aws(), CLUSTER, "dev", user, endpoint)


def secret(cloud: Double, **told: object) -> SecretLogins:
    return written(cloud, json.dumps(told))


def written(cloud: Double, text: str) -> SecretLogins:
    name = f"redshift-{secrets.token_hex(4)}"
    cloud.client("secretsmanager").create_secret(Name=name, SecretString=text)
    return SecretLogins(Aws(), name)


def refusal(logins: Logins) -> RedshiftFailed:
    with pytest.raises(RedshiftFailed) as caught:
        logins.login()
    return caught.value


def test_on_a_cluster_we_are_the_role_that_we_have_in_aws(cloud: Double) -> None:
    login = cluster_logins().login()

    assert (login.host, login.port, login.user) == ("localhost", 5439, "IAMR:orchestrator")
    assert login.password


def test_on_a_cluster_we_are_the_user_that_is_named(cloud: Double) -> None:
    assert cluster_logins("etl").login().user == "IAM:etl"


def test_in_a_workgroup_we_are_the_role_that_we_have_in_aws(cloud: Double) -> None:
    login = WorkgroupLogins(Aws(), WORKGROUP, "dev").login()

    assert (login.host, login.port, login.user) == ("localhost", 5439, "IAMR:orchestrator")


def test_a_secret_says_who_we_are_and_where(cloud: Double) -> None:
    logins = secret(cloud, username="etl", password=NOT_TO_BE_SHOWN, host="h", port=5440)

    assert logins.login() == Login("h", 5440, "etl", NOT_TO_BE_SHOWN)


def test_an_endpoint_that_is_set_is_where_we_connect(cloud: Double) -> None:
    login = cluster_logins(endpoint="nlb.company.test:6000").login()

    assert (login.host, login.port) == ("nlb.company.test", 6000)


@pytest.mark.usefixtures("new_clients")
def test_a_profile_may_assume_a_role(
    cloud: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text(
        f"[profile loading]\nrole_arn = {LOADER}\nsource_profile = default\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "loading")

    assert cluster_logins().login().user == "IAMR:loader"


@pytest.mark.usefixtures("new_clients")
def test_a_web_identity_assumes_a_role(
    cloud: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("header.claims.signature")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", LOADER)

    assert cluster_logins().login().user == "IAMR:loader"


def test_a_login_serves_until_shortly_before_it_expires(
    cloud: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    logins = cluster_logins()
    logins.login()
    logins.login()
    cluster = "redshift:GetClusterCredentialsWithIAM"
    asked_early = cloud.counters[cluster]["requests"]
    monkeypatch.setattr(credentials.time, "time", later(3600 - 299))
    logins.login()

    assert (asked_early, cloud.counters[cluster]["requests"]) == (1, 2)


def later(seconds: float) -> Callable[[], float]:
    now = credentials.time.time()
    return lambda: now + seconds


def test_a_login_that_was_not_taken_is_not_given_again(cloud: Double) -> None:
    logins = secret(cloud, username="etl", password=NOT_TO_BE_SHOWN, host="h")
    logins.login()
    cloud.client("secretsmanager").put_secret_value(
        SecretId=logins._secret,
        SecretString=json.dumps({"username": "etl", "password": "new", "host": "h"}),
    )
    kept = logins.login().password
    logins.forget()

    assert (kept, logins.login().password) == (NOT_TO_BE_SHOWN, "new")


@pytest.mark.usefixtures("new_clients")
def test_credentials_that_expired_are_said_to_be_and_read_again(cloud: Double) -> None:
    logins = cluster_logins()
    cloud.expire_credentials()

    failed = refusal(logins)

    assert failed.transient
    assert "sign in again" in str(failed)
    cloud.renew_credentials()
    assert logins.login().user == "IAMR:orchestrator"


def test_a_password_is_not_shown(cloud: Double, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    logins = secret(cloud, username="etl", password=NOT_TO_BE_SHOWN, host="h")

    assert NOT_TO_BE_SHOWN not in repr(logins.login())
    assert NOT_TO_BE_SHOWN not in repr(logins)
    assert NOT_TO_BE_SHOWN not in caplog.text


@pytest.mark.parametrize("told", ['{"username": "etl", "password": ', '["pa55word"]'])
def test_a_secret_that_cannot_be_read_is_not_quoted(cloud: Double, told: str) -> None:
    failed = refusal(written(cloud, told))

    assert "no username and password" in str(failed)
    assert "etl" not in str(failed)
    assert failed.__cause__ is None


def test_a_secret_without_a_host_names_the_setting_that_has_one(cloud: Double) -> None:
    failed = refusal(secret(cloud, username="etl", password=NOT_TO_BE_SHOWN))

    assert "SENIORLINK_REDSHIFT_ENDPOINT" in str(failed)
    assert NOT_TO_BE_SHOWN not in str(failed)


def test_a_cluster_that_is_not_there_is_named(cloud: Double) -> None:
    failed = refusal(ClusterLogins(Aws(), "other", "dev"))

    assert failed.trouble == "wrong"
    assert "look at the Redshift cluster other" in str(failed)


def test_a_workgroup_that_is_not_there_is_named(cloud: Double) -> None:
    failed = refusal(WorkgroupLogins(Aws(), "other", "dev"))

    assert failed.trouble == "wrong"
    assert "look at the Redshift workgroup other" in str(failed)


def test_a_paused_cluster_is_to_be_resumed(cloud: Double) -> None:
    redshift = cloud.client("redshift")
    redshift.pause_cluster(ClusterIdentifier=CLUSTER)

    failed = refusal(cluster_logins())

    assert failed.trouble == "wrong"
    assert "is paused; resume it" in str(failed)
    redshift.resume_cluster(ClusterIdentifier=CLUSTER)
    assert cluster_logins().login().user


@pytest.mark.parametrize(
    ("make", "action"),
    [
        (cluster_logins, "redshift:GetClusterCredentialsWithIAM"),
        (lambda: cluster_logins("etl"), "redshift:GetClusterCredentials"),
        (lambda: WorkgroupLogins(Aws(), WORKGROUP, "dev"), "redshift-serverless:GetCredentials"),
        (lambda: SecretLogins(Aws(), "redshift"), "secretsmanager:GetSecretValue"),
    ],
)
def test_what_is_not_allowed_is_named(
    cloud: Double, make: Callable[[], Logins], action: str
) -> None:
    service, operation = action.split(":")
    cloud.faults.order("deny", service=service, operation=operation)

    failed = refusal(make())

    assert failed.trouble == "refused"
    assert action in str(failed)


def test_a_busy_aws_may_be_asked_later(cloud: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.retries.standard.time.sleep", lambda seconds: None)
    cloud.faults.order("throttle", service="redshift")

    failed = refusal(cluster_logins())

    assert (failed.trouble, failed.transient) == ("busy", True)
