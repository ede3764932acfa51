"""A table in the lake of the double, whose jobs are cheap drivers that commit real snapshots."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg

from assets_tests.checkout import Checkout
from assets_tests.doubles.aws.running import BUCKET, REGION, Double
from assets_tests.launchers.remote_jobs import DRIVER
from seniorlink_assets.buckets import Buckets
from seniorlink_assets.deploy import Shipped
from seniorlink_assets.environments import Environment
from seniorlink_assets.landing import landing_set
from seniorlink_assets.launchers.aws_service import AwsService
from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.launchers.remote import RemoteLauncher
from spark.contract import LandingColumn

DECLARATION = """
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

{name} = redshift_table(
    "{key}",
    description="One row per note.",
    columns=[Column("note_id", "bigint", "The note.")],
    primary_key=["note_id"],
    inputs=[landed],
    owners=["team:x"],
)
"""
COMMITS = """
    import duckdb, pathlib, tempfile
    from spark.contract.manifest import DataFile, Manifest

    order = job.order
    (given,) = order["inputs"].values()
    (partition,) = order["fingerprints"]
    files = [file for day in given["days"].values() for file in day]
    notes = [int(line) for file in files for line in driver.read(file).split()[1:]]
    seconds = float((driver.read(f"{order['lake']}/seconds") or b"0.2").decode())
    job.log(f"{len(notes)} notes")
    driver.sleep(seconds / 2)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = pathlib.Path(folder, "part-0.parquet")
        connection.execute("CREATE TABLE found (note_id BIGINT)")
        connection.executemany("INSERT INTO found VALUES (?)", [[note] for note in notes])
        connection.execute(f"COPY found TO '{path}' (FORMAT parquet)")
        content = path.read_bytes()
    driver.write(f"{order['lake']}/{order['data']}/part-0.parquet", content)
    driver.sleep(seconds / 2)
    manifest = Manifest(
        key=order["contract"]["key"],
        partition=partition,
        fingerprint=order["fingerprints"][partition],
        attempt=order["attempt"],
        code_version=order["code_version"],
        spark_version="3.5.6",
        files=(DataFile(f"{order['data']}/part-0.parquet", len(content)),),
        rows=len(notes),
        inputs={},
        violations={"primary_key_is_unique": 0},
        sums={"note_id": str(sum(notes))},
        newest=None,
        content=f"{sum(notes):x}",
        seconds=seconds,
    )
    url = f"{order['lake']}/{order['manifests'][partition]}/manifest.json"
    driver.write(url, manifest.to_text().encode(), exclusively=True)
"""


@dataclass
class RemoteTable:
    """One table in a prefix of its own, and a launcher of its own."""

    double: Double
    folder: Path
    service: AwsService
    prefix: str = "root"
    key: str = "trial/notes"
    checkout: Checkout = field(init=False)
    asset: dg.AssetsDefinition = field(init=False)

    def __post_init__(self) -> None:
        self.s3 = self.double.client("s3")
        self._put("code/entry.py", DRIVER + COMMITS)
        launcher = RemoteLauncher(self.service, self.folder / "home", self._ship)
        self.landing = landing_set(
            self.key,
            description="Notes.",
            format="csv",
            columns=[LandingColumn("note_id", "The note.")],
            owners=["team:x"],
        )
        self.checkout = Checkout.at(self.folder, launcher)
        url = f"s3://{BUCKET}/{self.prefix}"
        environment = replace(
            self.checkout.environment,
            buckets=Buckets(lake_url=url, landing_url=url, logs_url=f"{url}/logs", region=REGION),
        )
        self.checkout = replace(self.checkout, environment=environment)
        name = self.key.rpartition("/")[2]
        self.checkout.write_job(self.key, f"def {name}({name}):\n    return {name}\n")
        source = DECLARATION.format(key=self.key, name=name)
        self.asset = self.checkout.declare(self.key, source, landed=self.landing)

    @property
    def environment(self) -> Environment:
        return self.checkout.environment

    @property
    def launcher(self) -> Launcher:
        return self.environment.launcher

    def land(self, *notes: int) -> None:
        """Has a file land with these notes; the one before is replaced."""
        lines = "".join(f"{note}\n" for note in notes)
        self._put(f"landing/{self.key}/2025-01-02/notes.csv", f"note_id\n{lines}")

    def takes(self, seconds: float) -> None:
        """So long the jobs take from now on."""
        self._put("seconds", str(seconds))

    def materialize(self) -> dg.ExecuteInProcessResult:
        return self.checkout.materialize(self.landing, self.asset)

    @property
    def published(self) -> list[int]:
        """The notes that readers see."""
        if not (self.checkout.home / "warehouse.duckdb").exists():
            return []
        rows = self.environment.warehouse.query(
            f"SELECT note_id FROM {self.key.replace('/', '.')} ORDER BY 1"
        )
        return [note for (note,) in rows]

    @property
    def runs(self) -> list[dict[str, Any]]:
        """The job runs that there ever were, the first one first."""
        client = self.double.client("emr-serverless")
        pages = client.get_paginator("list_job_runs").paginate(applicationId=self.service.place)
        found = [run for page in pages for run in page["jobRuns"]]
        return sorted(found, key=lambda run: run["createdAt"])

    def _put(self, name: str, text: str) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=f"{self.prefix}/{name}", Body=text.encode())

    def _ship(self, root: Path) -> Shipped:
        url = f"s3://{BUCKET}/{self.prefix}/code"
        return Shipped("shipped", f"{url}/entry.py", f"{url}/code.zip")


def said(result: dg.ExecuteInProcessResult, table: RemoteTable) -> list[str]:
    """What the log of a run says."""
    found = table.checkout.instance.all_logs(result.run_id)
    return [entry.user_message for entry in found if not entry.is_dagster_event]
