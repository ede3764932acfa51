"""The settings: each documented once, and a wrong one named before anything is done."""

import re

import pytest

from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.settings import SETTINGS, EnvironmentSettingError, Settings, tables

BY_NAME = {setting.name: setting for setting in SETTINGS}
WITH_EXAMPLE = [setting.name for setting in SETTINGS if setting.example]


def test_every_setting_is_documented_once_and_in_full():
    assert len(BY_NAME) == len(SETTINGS)
    assert [each.name for each in SETTINGS if not each.meaning or each.meaning[-1] == "."] == []
    assert [each.name for each in SETTINGS if each.form != ".*" and not each.write] == []
    assert [each.name for each in SETTINGS if each.needed_by and not each.example] == []


@pytest.mark.parametrize("name", WITH_EXAMPLE)
def test_an_example_is_what_may_be_written(name):
    example = BY_NAME[name].example

    assert Settings({name: example}).get(name) == example


@pytest.mark.parametrize("which", ["here", "aws"])
def test_the_readme_shows_the_settings_as_they_are(which):
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")

    assert tables()[which] in readme


def test_the_code_asks_for_no_setting_that_is_not_documented():
    asked = set()
    for path in (CHECKOUT / "seniorlink_assets").rglob("*.py"):
        asked.update(re.findall(r"\bSENIORLINK_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))

    assert asked - {*BY_NAME} == set()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (
            "SENIORLINK_LAKE",
            ["lake", "s3://", "s3:///prefix", "s3://Lake", "s3://lake/a*", "s3:lake"],
        ),
        ("SENIORLINK_LANDING", ["https://landing.s3.amazonaws.com", "s3://la/x/../$y"]),
        ("SENIORLINK_LOGS", ["s3://lake/logs?x=1"]),
        (
            "SENIORLINK_KMS_KEY",
            [
                "1234abcd-12ab-34cd-56ef-1234567890ab",
                "arn:aws:kms:us-east-1:111122223333:alias/lake",
                "arn:aws:kms:us-east-1:1111:key/1234abcd",
            ],
        ),
        (
            "SENIORLINK_EMR_ROLE",
            [
                "seniorlink-job",
                "arn:aws:iam::111122223333:user/someone",
                "arn:aws:sts::111122223333:assumed-role/seniorlink-job/session",
                "arn:aws:iam::1111222233:role/seniorlink-job",
            ],
        ),
        (
            "SENIORLINK_EMR_APPLICATION",
            [
                "My-Application",
                "arn:aws:emr-serverless:us-east-1:111122223333:/applications/00f1abcdefgh2345",
            ],
        ),
        ("SENIORLINK_EMR_CLUSTER", ["cluster-1", "j-1abc"]),
        ("SENIORLINK_EMR_RELEASE", ["7.12.0", "emr 7.12.0"]),
        ("SENIORLINK_SPARK_MASTER", ["local[2]", "spark:7077"]),
        ("SENIORLINK_SPARK_MASTER_PAGE", ["8081", "spark.internal:8081", "http://a page"]),
        (
            "SENIORLINK_REDSHIFT_CLUSTER",
            ["Company", "dwh.abc.us-east-1.redshift.amazonaws.com", "d h"],
        ),
        ("SENIORLINK_REDSHIFT_WORKGROUP", ["-wg", "arn:aws:redshift-serverless:us-east-1:1:wg"]),
        ("SENIORLINK_REDSHIFT_DATABASE", ["Company", "a b", 'a"b']),
        ("SENIORLINK_REDSHIFT_COPY_ROLE", ["seniorlink-copy", "DEFAULT", "default,default"]),
        ("SENIORLINK_REDSHIFT_TRANSPORT", ["jdbc", "Driver"]),
        ("SENIORLINK_REDSHIFT_USER", ["IAMR:seniorlink", "some one"]),
        ("SENIORLINK_REDSHIFT_SECRET", ["a secret", "arn:aws:s3:::secret/x:y"]),
        ("SENIORLINK_REDSHIFT_ENDPOINT", ["dwh.company.example", "https://dwh:5439", "dwh:port"]),
        ("SENIORLINK_REDSHIFT_VACUUM", ["yes", "1"]),
        ("SENIORLINK_SPARK", ["3.5", "spark-3.5.6"]),
        ("SENIORLINK_EMR_RATES", ["0.05", "0.05;0.006;0.0001", "0,05,0,006,0,0001", "free,0,0"]),
        ("AWS_REGION", ["Virginia", "us-east", "us-east-1a", "us_east_1"]),
        ("SENIORLINK_ENV", ["AWS", "production"]),
        ("SENIORLINK_JOBS", ["0", "-1", "1.5", "all", "²"]),
        ("SENIORLINK_ISOLATION", ["cold"]),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_what_may_be_written(name, values):
    for value in values:
        with pytest.raises(EnvironmentSettingError) as refused:
            Settings({name: value}).get(name)

        example = f", as {BY_NAME[name].example}" if BY_NAME[name].example else ""
        assert str(refused.value) == f"{name} is {value!r}; {BY_NAME[name].write}{example}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENIORLINK_LAKE", "s3://lake"),
        ("SENIORLINK_LAKE", "s3://lake/"),
        ("SENIORLINK_LAKE", "s3://my.lake-1/a/b_c/2.0"),
        ("SENIORLINK_EMR_ROLE", "arn:aws-us-gov:iam::111122223333:role/jobs/seniorlink"),
        ("SENIORLINK_REDSHIFT_COPY_ROLE", "default"),
        (
            "SENIORLINK_REDSHIFT_SECRET",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:dwh-a1B2c3",
        ),
        ("SENIORLINK_SPARK_MASTER", "yarn"),
        ("SENIORLINK_SPARK_MASTER", "k8s://https://10.0.0.1:6443"),
        ("SENIORLINK_EMR_RATES", "1,0,0.5"),
        ("AWS_REGION", "us-gov-west-1"),
        ("AWS_REGION", "ap-southeast-2"),
    ],
)
def test_what_may_be_meant_is_taken(name, value):
    assert Settings({name: value}).get(name) == value


def test_a_setting_that_is_there_but_empty_is_refused_or_missed():
    with pytest.raises(EnvironmentSettingError, match=r"^SENIORLINK_JOBS is ''; write a number"):
        Settings({"SENIORLINK_JOBS": ""}).number("SENIORLINK_JOBS", 3)
    with pytest.raises(EnvironmentSettingError, match=r"^SENIORLINK_LAKE is not set, which"):
        Settings({"SENIORLINK_LAKE": ""}).need("SENIORLINK_LAKE", "SENIORLINK_ENV=aws")


def test_a_missing_setting_is_named_with_its_meaning_and_where_to_set_it():
    with pytest.raises(EnvironmentSettingError) as refused:
        Settings({}).need("SENIORLINK_EMR_APPLICATION", "SENIORLINK_LAUNCHER=emr-serverless")

    assert str(refused.value) == (
        "SENIORLINK_EMR_APPLICATION is not set, which SENIORLINK_LAUNCHER=emr-serverless needs: "
        "the id of the EMR Serverless application; set it in the environment of Dagster and of "
        "this command: export SENIORLINK_EMR_APPLICATION=00f1abcdefgh2345"
    )
