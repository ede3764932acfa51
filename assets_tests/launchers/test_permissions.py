"""What the session policy of a job allows, judged by a small evaluator of IAM policies."""

import json
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import permutations
from typing import Any

import pytest

from assets_tests.doubles.aws.running import BUCKET, ROLE
from assets_tests.launchers.processes import becomes
from seniorlink_assets.catalogue import Declared, known
from seniorlink_assets.definitions import definitions
from seniorlink_assets.launchers.permissions import LIMIT, Places, PolicyError, session_policy
from spark.contract import LandingSet
from spark.contract.job import Job, LandingInput, SnapshotInput

LAKE = "company-lake/seniorlink"
LANDED = "company-landing"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ATTEMPT = "1a2b3c4d-5e6f70"
DAYS = ("2025-01-02", "2025-01-03")

KEYS = [spec.key.to_user_string() for spec in definitions().resolve_all_asset_specs()]
FOUND = {key: known(key) for key in sorted(KEYS)}
TABLES = {key: table for key, table in FOUND.items() if isinstance(table, Declared)}
LANDING = {key: given for key, given in FOUND.items() if isinstance(given, LandingSet)}

every_table = pytest.mark.parametrize("key", TABLES)


def job_of(table: Declared, lake: str = LAKE, landed: str = LANDED) -> Job:
    """An order of two days, or of all of it, as the platform gives it."""
    key, parts = table.key, DAYS if table.contract.partition_by else ("all",)
    several = f"snapshots/{key}/{parts[0]}..{parts[-1]}/{ATTEMPT}"
    manifests = {part: f"snapshots/{key}/{part}/0123456789abcdef-{ATTEMPT}" for part in parts}
    return Job(
        attempt=ATTEMPT,
        contract=table.contract,
        code_version=table.code_version,
        lake=f"s3://{lake}",
        data=several if len(parts) > 1 else manifests[parts[0]],
        fingerprints=dict.fromkeys(parts, "0123456789abcdef"),
        manifests=manifests,
        inputs={name: input_of(given, lake, landed) for name, given in table.inputs.items()},
    )


def input_of(given: Declared | LandingSet, lake: str, landed: str) -> LandingInput | SnapshotInput:
    if isinstance(given, LandingSet):
        days = {day: (f"s3://{landed}/{given.folder}/{day}/a.csv",) for day in DAYS}
        return LandingInput(given, {"2025-01-01": (), **days})
    files = (f"s3://{lake}/snapshots/{given.key}/all/f-a/part-0.parquet",)
    return SnapshotInput(given.contract, {"all": files})


def places_of(table: Declared, lake: str = LAKE, **given: str) -> Places:
    papers = f"s3://{lake}/jobs/{table.key}/{ATTEMPT}"
    return Places(papers, f"s3://{lake}/code/0011223344556677", f"s3://{lake}/logs", **given)


def policy_of(table: Declared) -> dict[str, Any]:
    return json.loads(session_policy(job_of(table), places_of(table, kms_key=KEY)))


def allows(policy: dict[str, Any], action: str, resource: str, **context: str) -> bool:
    """What IAM would say, of the few elements that a session policy here has."""
    assert policy["Version"] == "2012-10-17"
    said = set()
    for statement in policy["Statement"]:
        assert statement.keys() <= {"Effect", "Action", "Resource", "Condition"}
        if (
            any(fnmatchcase(action, pattern) for pattern in statement["Action"])
            and any(matches(resource, pattern) for pattern in statement["Resource"])
            and all(
                holds(test, wanted, context)
                for test, wanted in statement.get("Condition", {}).items()
            )
        ):
            said.add(statement["Effect"])
    return said == {"Allow"}


def holds(test: str, wanted: dict[str, list[str]], context: dict[str, str]) -> bool:
    assert test in ("StringLike", "StringLikeIfExists")
    found = {name: context.get(name.partition(":")[2]) for name in wanted}
    return all(
        test.endswith("IfExists") if found[name] is None else matches_any(found[name], patterns)
        for name, patterns in wanted.items()
    )


def matches_any(text: str, patterns: list[str]) -> bool:
    return any(matches(text, pattern) for pattern in patterns)


def matches(text: str, pattern: str) -> bool:
    assert not {*pattern}.intersection("?[$")
    return fnmatchcase(text, pattern)


def in_lake(name: str) -> str:
    return f"arn:aws:s3:::{LAKE}/{name}"


def reads(policy: dict[str, Any], resource: str) -> bool:
    return allows(policy, "s3:GetObject", resource)


def writes(policy: dict[str, Any], resource: str) -> bool:
    """Whether any of the ways to change an object is open."""
    actions = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
    allowed = {allows(policy, action, resource) for action in actions}
    assert len(allowed) == 1
    return allowed == {True}


def lists(policy: dict[str, Any], bucket: str, prefix: str) -> bool:
    return allows(policy, "s3:ListBucket", f"arn:aws:s3:::{bucket}", prefix=prefix)


@every_table
def test_a_job_reads_the_snapshots_of_its_inputs_and_of_no_other_table(key):
    policy = policy_of(TABLES[key])

    readable = {
        other
        for other in TABLES
        if reads(policy, in_lake(f"snapshots/{other}/2025-01-02/f-0a0a0a0a-0b0b0b/part-0.parquet"))
    }

    declared = {given.key for given in TABLES[key].inputs.values() if isinstance(given, Declared)}
    assert readable == declared


@every_table
def test_a_job_reads_the_landing_sets_that_are_its_inputs_and_no_other(key):
    policy = policy_of(TABLES[key])

    readable = {
        other.key
        for other in LANDING.values()
        if reads(policy, f"arn:aws:s3:::{LANDED}/{other.folder}/2025-01-02/a.csv")
    }

    declared = {given.key for given in TABLES[key].inputs.values() if isinstance(given, LandingSet)}
    assert readable == declared


@every_table
def test_a_job_changes_its_own_attempt_and_its_papers_alone(key):
    policy, job = policy_of(TABLES[key]), job_of(TABLES[key])
    own = [
        f"{job.data}/_temporary/0/part-0.parquet",
        f"{job.data}/rejects/part-0.parquet",
        *(f"{place}/manifest.json" for place in job.manifests.values()),
        f"jobs/{key}/{ATTEMPT}/messages/1.json",
    ]
    others = [
        f"snapshots/{key}/2025-01-02/f-0a0a0a0a-0b0b0b/part-0.parquet",
        f"snapshots/{key}/2025-01-02/f-0a0a0a0a-0b0b0b/manifest.json",
        f"jobs/{key}/0a0a0a0a-0b0b0b/context.json",
        f"published/{key}/all.json",
        "code/0011223344556677/code.zip",
        *(f"snapshots/{other}/all/f-{ATTEMPT}/part-0.parquet" for other in TABLES if other != key),
    ]

    assert [name for name in own if not writes(policy, in_lake(name))] == []
    assert [name for name in others if writes(policy, in_lake(name))] == []
    assert not writes(policy, f"arn:aws:s3:::{LANDED}/landing/clinical/visits/2025-01-02/a.csv")


def test_a_job_reads_its_papers_its_code_and_what_it_wrote():
    table = TABLES["care/messages"]
    policy, data = policy_of(table), job_of(table).data

    assert reads(policy, in_lake(f"jobs/care/messages/{ATTEMPT}/context.json"))
    assert reads(policy, in_lake("code/0011223344556677/entry.py"))
    assert reads(policy, in_lake(f"{data}/part-0.parquet"))
    assert not reads(policy, in_lake("code/8899aabbccddeeff/code.zip"))
    assert not reads(policy, in_lake("jobs/care/messages/0a0a0a0a-0b0b0b/context.json"))
    assert not reads(policy, in_lake("logs/applications/a/jobs/j/SPARK_DRIVER/stdout.gz"))


def test_the_service_may_add_logs_in_the_name_of_a_job():
    policy = policy_of(TABLES["care/messages"])
    log = in_lake("logs/applications/a/jobs/j/SPARK_DRIVER/stdout.gz")

    assert allows(policy, "s3:PutObject", log)
    assert not allows(policy, "s3:DeleteObject", log)
    assert not reads(policy, log)


@every_table
def test_names_are_listed_only_where_objects_are_read_or_written(key):
    policy = policy_of(TABLES[key])
    prefix = LAKE.partition("/")[2]

    listed = {
        other
        for other in TABLES
        if lists(policy, "company-lake", f"{prefix}/snapshots/{other}/2025-01-02/")
    }

    declared = {given.key for given in TABLES[key].inputs.values() if isinstance(given, Declared)}
    assert listed == declared
    assert lists(policy, "company-lake", f"{prefix}/{job_of(TABLES[key]).data}/")
    assert not lists(policy, "company-lake", "")
    assert not lists(policy, LANDED, "landing/")
    assert not lists(policy, "another-bucket", f"{prefix}/code/")


def test_a_table_whose_name_begins_alike_is_another_table():
    policy = policy_of(TABLES["engagement/response_times"])

    assert reads(policy, in_lake("snapshots/care/messages/all/f/part-0.parquet"))
    assert not reads(policy, in_lake("snapshots/care/messages_more/all/f/part-0.parquet"))
    assert not lists(policy, "company-lake", "seniorlink/snapshots/care/messages_more/")


def test_a_look_at_an_object_that_is_not_there_is_no_denial():
    policy = policy_of(TABLES["care/messages"])

    assert allows(policy, "s3:ListBucket", "arn:aws:s3:::company-lake")


def test_the_key_is_for_reading_and_writing_and_there_is_no_other():
    policy = policy_of(TABLES["care/messages"])

    assert allows(policy, "kms:Decrypt", KEY)
    assert allows(policy, "kms:GenerateDataKey", KEY)
    assert not allows(policy, "kms:Encrypt", KEY)
    assert not allows(policy, "kms:Decrypt", KEY.replace("1234abcd", "5678abcd"))


def test_without_a_key_those_of_the_buckets_are_used_and_only_by_s3():
    table, s3 = TABLES["care/messages"], {"ViaService": "s3.us-east-1.amazonaws.com"}

    policy = json.loads(session_policy(job_of(table), places_of(table)))

    assert allows(policy, "kms:Decrypt", KEY, **s3)
    assert allows(policy, "kms:GenerateDataKey", KEY, **s3)
    assert not allows(policy, "kms:Encrypt", KEY, **s3)
    assert not allows(policy, "kms:Decrypt", KEY)
    assert not allows(policy, "kms:Decrypt", KEY, ViaService="ec2.us-east-1.amazonaws.com")


@every_table
@pytest.mark.parametrize("kms_key", [KEY, ""])
def test_a_policy_has_what_the_service_takes(key, kms_key):
    bucket = "a-bucket-whose-name-is-as-long-as-the-name-of-a-bucket-may-be-00"[:63]
    lake, landed = f"{bucket}/production/seniorlink", f"{bucket[:-2]}01/production/incoming"
    table = TABLES[key]

    text = session_policy(job_of(table, lake, landed), places_of(table, lake, kms_key=kms_key))

    assert len(text) <= LIMIT
    assert all(" " <= character <= "ÿ" for character in text)
    assert {*json.loads(text)} == {"Version", "Statement"}


def test_the_same_order_has_the_same_policy():
    table = TABLES["tableau/programme_finances"]
    job, places = job_of(table), places_of(table)
    orders = [replace(job, inputs=dict(order)) for order in permutations(job.inputs.items())]

    assert len(orders) > 1
    assert len({session_policy(order, places) for order in orders}) == 1


def many_inputs(count: int) -> tuple[Job, Places]:
    table = TABLES["care/messages"]
    names = [f"a_table_with_a_name_of_its_own_{number}" for number in range(count)]
    inputs = {
        name: SnapshotInput(replace(table.contract, key=f"care/{name}"), {"all": ()})
        for name in names
    }
    return replace(job_of(table), inputs=inputs), places_of(table)


def test_a_long_policy_lists_all_names_of_the_lake_but_reads_no_more():
    job, places = many_inputs(10)

    policy = json.loads(session_policy(job, places))

    assert lists(policy, "company-lake", "seniorlink/snapshots/billing/claims/")
    assert not lists(policy, "company-lake", "elsewhere/")
    assert reads(policy, in_lake("snapshots/care/a_table_with_a_name_of_its_own_9/all/f/part"))
    assert not reads(policy, in_lake("snapshots/billing/claims/all/f/part"))


def test_a_job_with_too_many_inputs_is_refused_in_one_sentence():
    job, places = many_inputs(40)

    with pytest.raises(PolicyError, match="care/messages reads too much for one session policy"):
        session_policy(job, places)


def test_a_lake_on_a_disk_has_no_policy():
    table = TABLES["care/messages"]

    with pytest.raises(PolicyError, match="/home/lake is not in S3"):
        session_policy(replace(job_of(table), lake="/home/lake"), places_of(table))


def test_landing_files_elsewhere_are_refused():
    table = TABLES["care/messages"]
    (name, given), *_ = job_of(table).inputs.items()
    moved = replace(given, days={"2025-01-02": ("s3://other/place/a.csv",)})

    with pytest.raises(
        PolicyError, match="does not lie in a folder landing/caregiver_app/messages"
    ):
        session_policy(replace(job_of(table), inputs={name: moved}), places_of(table))


TRIES = """# no-spark thread
import json

def run(driver):
    found = {}
    for way, url in json.loads(driver.arguments[0]):
        try:
            driver.read(url) if way == "read" else driver.write(url, b"x")
            found[f"{way} {url}"] = "allowed"
        except PermissionError:
            found[f"{way} {url}"] = "denied"
    driver.write(driver.arguments[1], json.dumps(found).encode())
"""


def test_a_job_run_of_the_service_is_held_to_its_policy(amazon):
    table = TABLES["engagement/response_times"]
    lake = f"{BUCKET}/company"
    job, places = job_of(table, lake, lake), places_of(table, lake)
    own, papers = f"s3://{lake}/{job.data}/part-0.parquet", f"{places.papers}/found.json"
    wanted = {
        f"write {own}": "allowed",
        f"read {own}": "allowed",
        f"read s3://{lake}/snapshots/care/messages/2025-01-02/f-a/part-0.parquet": "allowed",
        f"read s3://{lake}/code/0011223344556677/code.zip": "allowed",
        f"write s3://{lake}/code/0011223344556677/code.zip": "denied",
        f"read s3://{lake}/snapshots/billing/claims/all/f-a/part-0.parquet": "denied",
        f"write s3://{lake}/snapshots/care/messages/2025-01-02/f-a/manifest.json": "denied",
        f"read s3://{lake}/landing/caregiver_app/messages/2025-01-02/a.csv": "denied",
    }
    store, emr = amazon.client("s3"), amazon.client("emr-serverless")
    store.put_object(Bucket=BUCKET, Key="company/code/0011223344556677/entry.py", Body=TRIES)

    application = amazon.application()
    run = emr.start_job_run(
        applicationId=application,
        executionRoleArn=ROLE,
        executionIamPolicy={"policy": session_policy(job, places)},
        jobDriver={
            "sparkSubmit": {
                "entryPoint": f"{places.code}/entry.py",
                "entryPointArguments": [
                    json.dumps([each.split(maxsplit=1) for each in wanted]),
                    papers,
                ],
            }
        },
    )["jobRunId"]

    assert becomes(lambda: state_of(emr, application, run) == "SUCCESS")
    found = store.get_object(Bucket=BUCKET, Key=papers.removeprefix(f"s3://{BUCKET}/"))
    assert json.loads(found["Body"].read()) == wanted


def state_of(emr: Any, application: str, run: str) -> str:
    return emr.get_job_run(applicationId=application, jobRunId=run)["jobRun"]["state"]
