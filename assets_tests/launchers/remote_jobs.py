"""Jobs at the double, given straight to a launcher, whose drivers do what a test wants."""

import gc
import os
import secrets
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import dagster as dg

from assets_tests.checkout import REAL
from assets_tests.doubles.aws.running import BUCKET, ROLE, Double
from assets_tests.launchers.processes import becomes
from seniorlink_assets.deploy import Shipped
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.launchers.aws_service import AwsService
from seniorlink_assets.launchers.base import JobFailed, Order
from seniorlink_assets.launchers.emr_ec2 import EmrSteps, EmrTransient
from seniorlink_assets.launchers.emr_eks import EmrEks
from seniorlink_assets.launchers.emr_serverless import EmrServerless
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.remote import RemoteLauncher
from seniorlink_assets.storage.s3 import S3Storage
from spark.contract import WHOLE, Column, Contract
from spark.contract.job import Job

CONTRACT = Contract(
    key="trial/notes",
    kind="table",
    grain="One row per note.",
    columns=(Column("note_id", "bigint", "The note."),),
    primary_key=("note_id",),
)
DRIVER = """# no-spark thread
import json

class Job:
    def __init__(self, driver):
        self.driver, self.papers, self.chunks = driver, driver.arguments[0], 0
        told = driver.read(f"{self.papers}/context.json")
        if told is None:
            driver.exit(66)
        self.order = json.loads(told)["extras"]["job"]

    def tell(self, *messages):
        self.chunks += 1
        lines = "".join(json.dumps(message) + chr(10) for message in messages)
        self.driver.write(f"{self.papers}/messages/{self.chunks}.json", lines.encode())

    def say(self, method, **params):
        self.tell({"__dagster_pipes_version": "0.1", "method": method, "params": params})

    def log(self, text):
        self.say("log", message=text, level="INFO")

    def fail(self, sentence, kind="code", transient=False):
        said = {"sentence": sentence, "kind": kind, "transient": transient, "trace": []}
        self.driver.write(f"{self.papers}/failure.json", json.dumps(said).encode())
        self.say("closed")
        self.driver.exit(1)

    def wait(self, name="go on"):
        while self.driver.read(f"{self.papers}/{name}") is None:
            self.driver.sleep(0.1)

def run(driver):
    job = Job(driver)
    job.say("opened", extras={})
    deed(job, driver)
    job.say("closed")

def deed(job, driver):
"""
UNHURRIED = dict.fromkeys(
    [
        "add_job_flow_steps", "cancel_job_run", "cancel_steps", "describe_cluster",
        "describe_job_run", "describe_step", "describe_virtual_cluster", "get_application",
        "get_job_run", "list_clusters", "list_job_runs", "list_steps", "run_job_flow",
        "start_job_run",
    ],
    (1000.0, 1000.0),
)  # fmt: skip
"""An account that may ask as often as it likes."""
NOTHING = "pass"
WAITS = "job.log('it waits'); job.wait()"


@dataclass
class Ran:
    """One job that was given to a launcher: how that ended, and what the run's log says."""

    papers: Papers
    instance: dg.DagsterInstance
    handles: list[Mapping[str, Any]] = field(default_factory=list)
    error: BaseException | None = None
    result: dg.ExecuteInProcessResult | None = None

    @property
    def failure(self) -> JobFailed:
        assert isinstance(self.error, JobFailed), self.error
        return self.error

    @property
    def log(self) -> list[str]:
        """What people read, in order."""
        (record,) = self.instance.get_runs()
        found = self.instance.all_logs(record.run_id)
        return [entry.user_message for entry in found if not entry.is_dagster_event]

    @property
    def warnings(self) -> list[str]:
        (record,) = self.instance.get_runs()
        return [
            entry.user_message
            for entry in self.instance.all_logs(record.run_id)
            if not entry.is_dagster_event and entry.level >= 30
        ]

    @property
    def metadata(self) -> Mapping[str, Any]:
        assert self.result is not None
        (event,) = self.result.asset_materializations_for_node("notes")
        return event.metadata

    def go_on(self) -> None:
        """Ends the waiting of a job that WAITS."""
        self.papers.put("go on", b"")


@dataclass
class RemoteJobs:
    """A launcher at the double, and the means to have it run drivers."""

    double: Double
    folder: Path
    service: AwsService
    launcher: RemoteLauncher = field(init=False)
    storage: S3Storage = field(init=False)
    s3: Any = field(init=False)

    def __post_init__(self) -> None:
        aws = Aws()
        self.storage = S3Storage(BUCKET, "root", lambda: aws.client("s3"))
        self.s3 = self.double.client("s3")
        self.launcher = RemoteLauncher(self.service, self.folder / "home", self._ship)
        self._entry = ""

    def ship(self, deed: str) -> None:
        """Makes this what the next jobs do, after their first words and before their last."""
        source = DRIVER + indent(dedent(deed), "    ")
        self._entry = f"code/{secrets.token_hex(4)}/entry.py"
        self.s3.put_object(Bucket=BUCKET, Key=self._entry, Body=source.encode())

    def order(self, seconds: float | None = None, **fields: Any) -> Order:
        """An order for a job, with papers of its own."""
        attempt = f"trial-{secrets.token_hex(4)}"
        place = f"snapshots/trial/notes/all/{attempt}"
        job = Job(
            attempt=attempt,
            contract=CONTRACT,
            code_version="code",
            lake=self.storage.url,
            data=place,
            fingerprints={WHOLE: attempt},
            manifests={WHOLE: place},
            inputs={},
        )
        prepared = self.launcher.prepare(replace(job, **fields), 0)
        papers = Papers(self.storage, f"jobs/trial/notes/{attempt}")
        return Order(prepared, REAL, papers, seconds)

    def run(self, deed: str = NOTHING, seconds: float | None = None, **fields: Any) -> Ran:
        """Has a job run to its end, in this thread."""
        self.ship(deed)
        order = self.order(seconds, **fields)
        return self.give(order, self.new(order.papers))

    def new(self, papers: Papers) -> Ran:
        """A run that has not begun."""
        folder = self.folder / "dagster" / secrets.token_hex(4)
        folder.mkdir(parents=True)
        return Ran(papers, dg.DagsterInstance.ephemeral(str(folder)))

    def give(self, order: Order, ran: Ran) -> Ran:
        """Gives an order to the launcher, in a run of Dagster."""
        return self._in_a_run(
            ran, lambda context: self.launcher.run(context, order, ran.handles.append)
        )

    def follow(
        self, papers: Papers, handle: Mapping[str, Any], seconds: float | None = None
    ) -> Ran:
        """Has a run of Dagster follow a job that another has submitted."""
        return self._in_a_run(
            self.new(papers), lambda context: self.launcher.follow(context, papers, handle, seconds)
        )

    def run_meanwhile(self, deed: str = WAITS, seconds: float | None = None) -> "Meanwhile":
        """Has a job run while a test does something; comes back when the job is at work."""
        self.ship(deed)
        order = self.order(seconds)
        ran = self.new(order.papers)
        thread = threading.Thread(target=self.give, args=(order, ran))
        thread.start()
        meanwhile = Meanwhile(ran, thread)
        assert becomes(lambda: order.papers.read("messages/1.json") is not None)
        return meanwhile

    def interrupt(self, deed: str = WAITS) -> Ran:
        """Has a job run, and this process interrupted while it does."""
        self.ship(deed)
        order = self.order()
        ran = self.new(order.papers)

        def interrupt() -> None:
            said = partial(order.papers.read, "messages/1.json")
            if becomes(lambda: ran.handles and said() is not None):
                os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        self.give(order, ran)
        thread.join()
        _forget_frames(ran.error)
        return ran

    @property
    def at_work(self) -> list[Mapping[str, Any]]:
        """The drivers that are not over."""
        return [job for job in self.double.jobs if not job["over"]]

    def described(self, ran: Ran) -> Mapping[str, Any]:
        """How EMR Serverless describes the job run."""
        client = self.double.client("emr-serverless")
        return client.get_job_run(applicationId=self.service.place, jobRunId=ran.handles[0]["id"])[
            "jobRun"
        ]

    def asked(self, operation: str) -> int:
        """How often the service was asked for something."""
        return self.double.counters.get(f"{self.service.api}:{operation}", {}).get("requests", 0)

    def _ship(self, root: Path) -> Shipped:
        url = f"s3://{BUCKET}/{self._entry}"
        return Shipped("shipped", url, url.replace("entry.py", "code.zip"))

    def _in_a_run(self, ran: Ran, do: Callable[[dg.AssetExecutionContext], None]) -> Ran:
        @dg.asset
        def notes(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
            try:
                do(context)
            except BaseException as error:
                ran.error = error
                raise
            return dg.MaterializeResult()

        try:
            ran.result = dg.materialize([notes], instance=ran.instance, raise_on_error=False)
        except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError) as error:
            ran.error = error
        return ran


def _forget_frames(error: BaseException | None) -> None:
    """Frees what the frames hold: a request that is interrupted leaves its connection to that."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        while error is not None:
            traceback.clear_frames(error.__traceback__)
            error = error.__context__
        gc.collect()


@dataclass
class Meanwhile:
    """A job that is followed by another thread."""

    ran: Ran
    thread: threading.Thread

    def hears(self, text: str) -> bool:
        """Whether the run's log comes to say so."""
        return becomes(lambda: any(text in line for line in self.ran.log))

    def end(self) -> Ran:
        """What came of it, once it is over; lets it go on."""
        self.ran.go_on()
        self.thread.join(timeout=60)
        assert not self.thread.is_alive()
        return self.ran


def emr_serverless(double: Double, folder: Path, **settings: Any) -> EmrServerless:
    """An application of the double, whose account may ask it more than most."""
    return EmrServerless(
        application=double.application(**settings),
        role=ROLE,
        logs=f"s3://{BUCKET}/logs",
        home=folder / "home",
        quotas=UNHURRIED,
    )


def emr_eks(double: Double, folder: Path) -> EmrEks:
    """A virtual cluster of the double."""
    made = double.client("emr-containers").create_virtual_cluster(
        name="seniorlink",
        containerProvider={
            "id": "eks",
            "type": "EKS",
            "info": {"eksInfo": {"namespace": secrets.token_hex(4)}},
        },
    )
    return EmrEks(
        cluster=made["id"],
        role=ROLE,
        release="emr-7.10.0-latest",
        logs=f"s3://{BUCKET}/logs",
        home=folder / "home",
        quotas=UNHURRIED,
    )


TEMPLATE = {
    "ReleaseLabel": "emr-7.10.0",
    "Instances": {"MasterInstanceType": "m5.xlarge", "InstanceCount": 3},
    "JobFlowRole": "seniorlink-instances",
    "ServiceRole": "seniorlink-emr",
    "LogUri": f"s3://{BUCKET}/logs",
}


def emr_steps(double: Double, folder: Path) -> EmrSteps:
    """A cluster of the double that lives until it is terminated."""
    made = double.client("emr").run_job_flow(
        Name="living",
        Applications=[{"Name": "Spark"}],
        StepConcurrencyLevel=10,
        **{**TEMPLATE, "Instances": {**TEMPLATE["Instances"], "KeepJobFlowAliveWhenNoSteps": True}},
    )
    return EmrSteps(cluster=made["JobFlowId"], home=folder / "home", quotas=UNHURRIED)


def emr_transient(double: Double, folder: Path) -> EmrTransient:
    """Clusters of the double that are there for a run."""
    return EmrTransient(template=TEMPLATE, home=folder / "home", quotas=UNHURRIED)


SERVICES = {
    "emr-serverless": emr_serverless,
    "emr-eks": emr_eks,
    "emr-ec2": emr_steps,
    "emr-ec2-transient": emr_transient,
}


def seconds_of(do: Callable[[], Any]) -> float:
    """How long something takes."""
    began = time.monotonic()
    do()
    return time.monotonic() - began
