"""Satellites at the services of the double: a lake in its bucket, and one small table."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg

from assets_tests.checkout import Checkout
from assets_tests.doubles.aws.running import BUCKET, REGION, ROLE, Double
from assets_tests.satellite_table import KEEPS, NOTES, declared
from seniorlink_assets.buckets import Buckets
from seniorlink_assets.deploy import pack, ship
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.launchers.ecs import Ecs
from seniorlink_assets.launchers.lambda_function import LambdaFunction
from seniorlink_assets.launchers.remote import RemoteLauncher
from seniorlink_assets.launchers.satellites import BOOTSTRAP, Satellites
from seniorlink_assets.launchers.ssm import Ssm

DAY = "2025-01-02"
LINES = f"note_id,noted_on\n1,{DAY}\n2,{DAY}\nx,{DAY}\n"


@dataclass
class SatelliteJobs:
    """A checkout whose satellites run at a service of the double."""

    double: Double
    folder: Path
    named: str
    checkout: Checkout = field(init=False)
    service: Satellites = field(init=False)
    launcher: RemoteLauncher = field(init=False)
    run: str = ""

    def __post_init__(self) -> None:
        lake = f"s3://{BUCKET}/root"
        buckets = Buckets(lake, lake, REGION, f"{lake}/logs")
        self.service = SERVICES[self.named](self.double, buckets)
        self.launcher = RemoteLauncher(
            self.service, self.folder / "home", lambda root: ship(pack(root), buckets.lake)
        )
        checkout = Checkout.at(self.folder)
        environment = replace(
            checkout.environment,
            launcher=self.launcher,
            buckets=buckets,
            satellites=lambda _: self.launcher,
        )
        self.checkout = replace(checkout, environment=environment)
        self.land(LINES)

    @property
    def storage(self) -> Any:
        return self.checkout.environment.storage

    def land(self, lines: str) -> None:
        buckets = self.checkout.environment.buckets
        assert buckets is not None
        buckets.landing.put(f"landing/trial/notes/{DAY}/notes.csv", lines.encode())

    def declared(self, source: str = KEEPS, more: str = "") -> dg.AssetsDefinition:
        return declared(self.checkout, source, self.named, more)

    def materialize(
        self, source: str = KEEPS, more: str = "", tags: Mapping[str, str] | None = None
    ) -> dg.ExecuteInProcessResult:
        result = self.checkout.materialize(NOTES, self.declared(source, more), days=DAY, tags=tags)
        self.run = result.run_id[:8]
        return result

    def said(self, result: dg.ExecuteInProcessResult) -> list[str]:
        """What the log of a run says."""
        return [entry.user_message for entry in self.checkout.instance.all_logs(result.run_id)]

    @property
    def attempts(self) -> list[str]:
        """The folders of papers of every attempt of the last run, or of all while there is none."""
        found = self.storage.folders("jobs/trial/notes")
        return [attempt for attempt in found if attempt.startswith(self.run)]

    def paper(self, name: str, attempt: int = -1) -> Any:
        """A paper of an attempt; None if there is none."""
        found = self.storage.read(f"jobs/trial/notes/{self.attempts[attempt]}/{name}")
        return None if found is None else found.content.decode()

    def manifests(self) -> list[Mapping[str, Any]]:
        """Everything that was committed."""
        found = [
            listed.name
            for listed in self.storage.listed("snapshots/trial/notes/")
            if listed.name.endswith("manifest.json")
        ]
        return [json.loads(self.storage.read(name).content) for name in found]

    @property
    def at_work(self) -> list[Mapping[str, Any]]:
        """The processes of the double that are not over."""
        return [job for job in self.double.jobs if not job["over"]]


def make_lambda(double: Double) -> None:
    """The function `satellite`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(BOOTSTRAP, "bootstrap.py")
    double.client("lambda").create_function(
        FunctionName="satellite",
        Runtime="python3.11",
        Role=ROLE,
        Handler="bootstrap.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=900,
        MemorySize=512,
    )


def make_ecs(double: Double) -> None:
    """The cluster `satellites` and the task definition `satellite`."""
    client = double.client("ecs")
    client.create_cluster(clusterName="satellites")
    client.register_task_definition(
        family="satellite",
        memory="512",
        containerDefinitions=[
            {
                "name": "main",
                "image": "satellite",
                "memory": 512,
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {"awslogs-group": "/ecs", "awslogs-stream-prefix": "s"},
                },
            }
        ],
    )


def make_instance(double: Double, **settings: Any) -> str:
    """The id of an instance that runs."""
    ec2 = double.client("ec2")
    (image, *_) = ec2.describe_images()["Images"]
    made = ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1, **settings)
    return made["Instances"][0]["InstanceId"]


def _lambda(double: Double, buckets: Buckets) -> LambdaFunction:
    make_lambda(double)
    return LambdaFunction(buckets.lake, Aws(REGION), function="satellite")


def _ecs(double: Double, buckets: Buckets) -> Ecs:
    make_ecs(double)
    return Ecs(buckets.lake, Aws(REGION), cluster="satellites", task="satellite")


def _ssm(double: Double, buckets: Buckets) -> Ssm:
    return Ssm(buckets.lake, Aws(REGION), instance=make_instance(double))


SERVICES: Mapping[str, Callable[[Double, Buckets], Satellites]] = {
    "lambda": _lambda,
    "ecs": _ecs,
    "ec2": _ssm,
}
