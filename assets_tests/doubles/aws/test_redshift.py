"""Redshift, provisioned and Serverless, as the double plays their control plane."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from assets_tests.doubles.aws.nowhere import Nowhere
from assets_tests.doubles.aws.running import Double


@pytest.fixture
def cloud(aws: Double) -> Double:
    aws.redshift(Nowhere(), cluster="dwh", workgroup="company")
    return aws


def is_signed(user: str, password: str) -> bool:
    end, _, signature = password.partition(":")
    return signature == hmac.new(b"key", f"{user}:{end}".encode(), hashlib.sha256).hexdigest()


def test_there_are_no_clusters_until_one_is_told_of(aws: Double) -> None:
    assert aws.client("redshift").describe_clusters()["Clusters"] == []


def test_a_cluster_is_where_the_server_is(cloud: Double) -> None:
    (cluster,) = cloud.client("redshift").describe_clusters()["Clusters"]

    assert (cluster["ClusterIdentifier"], cluster["ClusterStatus"]) == ("dwh", "available")
    assert cluster["Endpoint"] == {"Address": "localhost", "Port": 5439}
    assert cluster["IamRoles"][0]["IamRoleArn"] == cluster["DefaultIamRoleArn"]


def test_a_cluster_is_paused_and_resumed(cloud: Double) -> None:
    redshift = cloud.client("redshift")

    paused = redshift.pause_cluster(ClusterIdentifier="dwh")["Cluster"]
    with pytest.raises(ClientError, match="InvalidClusterState"):
        redshift.pause_cluster(ClusterIdentifier="dwh")
    resumed = redshift.resume_cluster(ClusterIdentifier="dwh")["Cluster"]

    assert (paused["ClusterStatus"], paused["ClusterAvailabilityStatus"]) == (
        "paused",
        "Unavailable",
    )
    assert resumed["ClusterStatus"] == "available"


def test_a_password_is_signed_for_its_user_and_its_end(cloud: Double) -> None:
    redshift = cloud.client("redshift")

    ours = redshift.get_cluster_credentials_with_iam(ClusterIdentifier="dwh", DurationSeconds=3600)
    named = redshift.get_cluster_credentials(ClusterIdentifier="dwh", DbUser="etl")
    created = redshift.get_cluster_credentials(
        ClusterIdentifier="dwh", DbUser="etl", AutoCreate=True
    )

    assert [each["DbUser"] for each in (ours, named, created)] == [
        "IAMR:orchestrator",
        "IAM:etl",
        "IAMA:etl",
    ]
    assert all(is_signed(each["DbUser"], each["DbPassword"]) for each in (ours, named, created))
    assert minutes_left(ours["Expiration"]) == 60
    assert minutes_left(named["Expiration"]) == 15


def minutes_left(end: datetime) -> int:
    return round((end - datetime.now(UTC)).total_seconds() / 60)


def test_a_password_is_good_for_an_hour_at_most(cloud: Double) -> None:
    redshift = cloud.client("redshift")

    with pytest.raises(ClientError, match="between 900 and 3600"):
        redshift.get_cluster_credentials_with_iam(ClusterIdentifier="dwh", DurationSeconds=3601)


def test_a_cluster_that_is_not_there_is_not_found(cloud: Double) -> None:
    redshift = cloud.client("redshift")

    with pytest.raises(redshift.exceptions.ClusterNotFoundFault):
        redshift.describe_clusters(ClusterIdentifier="other")
    with pytest.raises(redshift.exceptions.ClusterNotFoundFault):
        redshift.get_cluster_credentials_with_iam(ClusterIdentifier="other")


def test_a_workgroup_and_its_namespace_are_where_the_server_is(cloud: Double) -> None:
    serverless = cloud.client("redshift-serverless")

    workgroup = serverless.get_workgroup(workgroupName="company")["workgroup"]
    namespace = serverless.get_namespace(namespaceName=workgroup["namespaceName"])["namespace"]

    assert workgroup["endpoint"] == {"address": "localhost", "port": 5439}
    assert workgroup["status"] == namespace["status"] == "AVAILABLE"
    assert namespace["defaultIamRoleArn"] in namespace["iamRoles"][0]


def test_serverless_signs_passwords_for_the_role_that_asks(cloud: Double) -> None:
    given = cloud.client("redshift-serverless").get_credentials(workgroupName="company")

    assert given["dbUser"] == "IAMR:orchestrator"
    assert is_signed(given["dbUser"], given["dbPassword"])


def test_a_workgroup_that_is_not_there_is_not_found(cloud: Double) -> None:
    serverless = cloud.client("redshift-serverless")

    with pytest.raises(serverless.exceptions.ResourceNotFoundException):
        serverless.get_workgroup(workgroupName="other")
    with pytest.raises(serverless.exceptions.ResourceNotFoundException):
        serverless.get_credentials(workgroupName="other")
    with pytest.raises(serverless.exceptions.ValidationException):
        serverless.get_credentials()


def test_secrets_manager_keeps_secrets(cloud: Double) -> None:
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="redshift", SecretString="{}")

    assert secrets.get_secret_value(SecretId="redshift")["SecretString"] == "{}"
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId="other")


def test_who_assumed_a_role_is_that_role(cloud: Double) -> None:
    sts = cloud.client("sts")
    given = sts.assume_role(
        RoleArn="arn:aws:iam::123456789012:role/loader", RoleSessionName="test"
    )["Credentials"]

    assumed = cloud._session.client(
        "sts",
        endpoint_url=cloud.url,
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )

    assert ":assumed-role/loader/" in assumed.get_caller_identity()["Arn"]
    assert ":assumed-role/orchestrator/" in sts.get_caller_identity()["Arn"]
