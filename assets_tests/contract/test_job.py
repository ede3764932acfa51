"""A job is the same after its journey as JSON."""

import json

from spark.contract import Column, Contract, LandingColumn, LandingSet
from spark.contract.job import Job, LandingInput, SnapshotInput
from spark.contract.jvm import Jvm

THINGS = Contract(
    key="care/things",
    kind="table",
    grain="One row per thing.",
    columns=(Column("thing_id", "bigint", "Which thing."),),
    primary_key=("thing_id",),
)
LINES = LandingSet("landing/app/lines", "jsonl", (LandingColumn("thing_id", "Which.", True),))


def job(**fields):
    return Job(
        attempt="a1",
        contract=THINGS,
        code_version="c0de",
        lake="/lake",
        data="snapshots/x",
        fingerprints={"2025-01-02": "f2", "2025-01-01": "f1"},
        manifests={"2025-01-02": "m2", "2025-01-01": "m1"},
        inputs={
            "lines": LandingInput(LINES, {"2025-01-01": ("/a.jsonl", "/b.jsonl")}),
            "others": SnapshotInput(THINGS, {"all": ("/c.parquet",)}),
        },
        spark_conf={"spark.master": "local[1]"},
        **fields,
    )


def test_a_job_survives_its_journey_as_json():
    for sent in (job(), job(jvm=Jvm("/bin/java", "/jars", "1g", ("-Xss4m",)))):
        assert Job.from_json(json.loads(json.dumps(sent.to_json()))) == sent


def test_partitions_are_in_the_order_of_days():
    assert job().partitions == ["2025-01-01", "2025-01-02"]
