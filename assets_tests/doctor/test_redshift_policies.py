"""The policies of docs/redshift.md allow what is asked of AWS, and nothing else."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from assets_tests.destinations.snapshots import commit
from assets_tests.doubles.aws.policy import Policy
from assets_tests.doubles.cloud import Cloud, set_up
from seniorlink_assets.buckets import Buckets, bucket_and_key
from seniorlink_assets.doctor import redshift_rights as doctor
from seniorlink_assets.environments import CHECKOUT, buckets_of, environment
from seniorlink_assets.launchers.aws import forget_clients
from seniorlink_assets.settings import SETTINGS, Settings
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.redshift.named import NamedRedshift, named_redshift
from spark.contract import Column, Contract

DOCS = (CHECKOUT / "docs" / "redshift.md").read_text(encoding="utf-8")
ORCHESTRATOR, COPY_ROLE, TRUST = map(json.loads, re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL))
STATEMENTS = {statement["Sid"]: statement for statement in ORCHESTRATOR["Statement"]}
EXAMPLES = {setting.name: setting.example for setting in SETTINGS if setting.example}

ALWAYS = ["Loads", "ListLoads", "Snapshots"]
WAYS = {
    way: [*re.findall(r"`(\w+)`", sids), *ALWAYS]
    for way, sids in re.findall(
        r"^\| ((?:cluster|workgroup)[^|]*) \| (`[^|]*) \|$", DOCS, re.MULTILINE
    )
}
CHOSEN = {
    "cluster": ["CLUSTER"],
    "cluster, as a user": ["CLUSTER", "USER"],
    "cluster, with a secret": ["CLUSTER", "SECRET"],
    "cluster, by the Data API": ["CLUSTER", "TRANSPORT"],
    "workgroup": ["WORKGROUP"],
    "workgroup, by the Data API": ["WORKGROUP", "TRANSPORT"],
}
"""The settings of each way, beside those that all have."""

OF_S3 = {
    "DeleteObject": "DeleteObject",
    "DeleteObjects": "DeleteObject",
    "GetObject": "GetObject",
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "PutObject": "PutObject",
}
"""Which action IAM judges a request by, where that has another name."""

IN_OUR_NAME = {"redshift:GetClusterCredentialsWithIAM", "redshift-serverless:GetCredentials"}
"""What the Data API asks for itself, as whoever asks it."""

CONTRACT = Contract(
    key="trial/notes",
    kind="table",
    grain="One row per note.",
    columns=(Column("note_id", "bigint", "The note."),),
    primary_key=("note_id",),
)
US = "arn:aws:iam::111122223333:role/orchestrator"

every_way = pytest.mark.parametrize("way", CHOSEN)


def actions(*statements: Mapping[str, Any]) -> set[str]:
    named = [statement["Action"] for statement in statements]
    return {one for each in named for one in ([each] if isinstance(each, str) else each)}


def of_way(way: str) -> list[Mapping[str, Any]]:
    return [STATEMENTS[sid] for sid in WAYS[way]]


def settings_of(way: str, values: Mapping[str, str]) -> dict[str, str]:
    """All that is set for a way, with these values."""
    chosen = {f"SENIORLINK_REDSHIFT_{name}" for name in ("DATABASE", "COPY_ROLE", *CHOSEN[way])}
    return {
        name: value
        for name, value in values.items()
        if not name.startswith("SENIORLINK_REDSHIFT_") or name in chosen
    }


def test_every_way_is_written_down_and_every_statement_is_of_one():
    assert WAYS.keys() == CHOSEN.keys()
    assert {sid for sids in WAYS.values() for sid in sids} == STATEMENTS.keys()


@pytest.fixture
def there(aws, redshift, tmp_path, monkeypatch) -> Iterator[Cloud]:
    """The doubles, with all that a way may be about."""
    for name in [*(setting.name for setting in SETTINGS), "AWS_DEFAULT_REGION"]:
        monkeypatch.delenv(name, raising=False)
    found = set_up(aws, redshift, redshift.database())
    aws.time(minute=60, pace=0)
    aws.redshift(redshift, cluster="company-dwh", workgroup="company-dwh")
    login = {"username": "seniorlink", "password": redshift.password("seniorlink")}
    aws.client("secretsmanager").create_secret(
        Name=EXAMPLES["SENIORLINK_REDSHIFT_SECRET"],
        SecretString=json.dumps({**login, "host": redshift.host, "port": redshift.port}),
    )
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "home"))
    forget_clients()
    yield found
    forget_clients()


@every_way
def test_a_load_asks_what_the_policy_of_its_way_allows_and_nothing_else(
    there, way, tmp_path, monkeypatch
):
    for name, value in settings_of(way, {**EXAMPLES, **there.settings}).items():
        if name in there.settings or name.startswith("SENIORLINK_REDSHIFT_"):
            monkeypatch.setenv(name, value)
    bound = environment()
    made = commit(tmp_path / "lake", CONTRACT, [(1,), (2,)])
    for file in (tmp_path / "lake").rglob("*"):
        if file.is_file():
            bound.storage.put(file.relative_to(tmp_path / "lake").as_posix(), file.read_bytes())
    snapshot = Snapshot(bound.storage.url, made.place, made.manifest)
    there.aws.forget_counters()

    bound.warehouse.publish(bound.warehouse.stage(CONTRACT, [snapshot], "a-run"), "a-run")

    assert there.rows("SELECT note_id FROM trial.notes ORDER BY 1") == [(1,), (2,)]
    asked = set()
    for request in there.aws.counters:
        service, _, operation = request.partition(":")
        asked.add(f"s3:{OF_S3[operation]}" if service == "s3" else request)
    if "the Data API" in way:
        asked |= actions(*of_way(way)) & IN_OUR_NAME
    assert asked == actions(*of_way(way)) - {"redshift-data:CancelStatement"}


@dataclass
class Iam:
    """An account that allows everything; remembers what it was asked for."""

    settings: Settings
    asked: list[tuple[str, str, str, dict[str, list[str]]]] = field(default_factory=list)

    identity = {"Arn": US, "Account": "111122223333", "UserId": "AROAEXAMPLE:session"}  # noqa: RUF012

    @property
    def buckets(self) -> Buckets:
        return buckets_of(self.settings)

    @property
    def redshift(self) -> NamedRedshift:
        return named_redshift(self.settings)

    def client(self, _service: str) -> "Iam":
        return self

    def describe_clusters(self, **_: str) -> Mapping[str, Any]:
        return {"Clusters": [{"IamRoles": [], "DefaultIamRoleArn": ""}]}

    def get_workgroup(self, **_: str) -> Mapping[str, Any]:
        arn = "arn:aws:redshift-serverless:us-east-1:111122223333:workgroup/company-dwh"
        return {"workgroup": {"workgroupArn": arn}}

    def simulate_principal_policy(self, **asked: Any) -> Mapping[str, Any]:
        context = {
            entry["ContextKeyName"].lower(): entry["ContextKeyValues"]
            for entry in asked["ContextEntries"]
        }
        for action, resource in product(asked["ActionNames"], asked["ResourceArns"]):
            self.asked.append((asked["PolicySourceArn"], action, resource, context))
        return {"EvaluationResults": []}


@every_way
def test_the_doctor_asks_iam_for_the_actions_of_a_way_on_what_its_policy_names(way):
    account = Iam(Settings(settings_of(way, EXAMPLES)))

    doctor.load_rights(account)

    policy = json.dumps({"Statement": of_way(way)}).replace("${aws:userid}", "AROAEXAMPLE:session")
    assert {action for _, action, _, _ in account.asked} == {
        action for action in actions(*of_way(way)) if not action.startswith("s3:")
    }
    assert [one for one in account.asked if not is_allowed(policy, one)] == []


def test_the_doctor_asks_iam_for_what_the_policy_of_the_copy_role_allows():
    account = Iam(Settings(settings_of("cluster", EXAMPLES)))

    doctor.copy_rights(account)

    assert {action for _, action, _, _ in account.asked} == actions(*COPY_ROLE["Statement"])
    assert [one for one in account.asked if not is_allowed(json.dumps(COPY_ROLE), one)] == []


@pytest.mark.parametrize("folder", ["published", "jobs", "code", "landing"])
def test_redshift_may_read_nothing_of_the_lake_but_what_is_loaded(folder):
    bucket, prefix = bucket_and_key(EXAMPLES["SENIORLINK_LAKE"])

    assert not Policy.parsed(json.dumps(COPY_ROLE)).reads(bucket, f"{prefix}/{folder}/a/b")


def test_redshift_may_assume_the_role_that_it_reads_the_lake_as():
    (statement,) = TRUST["Statement"]

    assert doctor.PRINCIPAL in statement["Principal"]["Service"]
    assert statement["Action"] == "sts:AssumeRole"


def is_allowed(policy: str, asked: tuple[str, str, str, dict[str, list[str]]]) -> bool:
    _, action, resource, context = asked
    return Policy.parsed(policy).decision(action, resource, context) == "allowed"
