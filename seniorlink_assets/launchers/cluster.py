"""Jobs whose driver is a process of this machine and whose executors run on a Spark cluster."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from seniorlink_assets.deploy import pack, ship
from seniorlink_assets.launchers.aot import cache_options
from seniorlink_assets.launchers.base import Context, Handle, Order, State, Submitted
from seniorlink_assets.launchers.java import Java, java
from seniorlink_assets.launchers.master import own_address, refuse_unfit
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.process import ProcessLauncher, job_lock, scratch
from seniorlink_assets.launchers.sizing import SMALL, sized
from spark.contract.job import Job
from spark.contract.jvm import Jvm

_DRIVER_MEMORY = "1g"
_BYTES_OF_AN_EXECUTOR = 1 << 30
_MOST_EXECUTORS = 16
_LOG_BYTES = 64 << 10


@dataclass
class ClusterLauncher(ProcessLauncher):
    """Sends jobs to a Spark master: spark://host:port, k8s://https://host:port or yarn.

    `memory` and `cores` are those of one executor; how many a job has, what it reads says.
    `hadoop_conf` is the folder with the settings of Hadoop, which YARN and HDFS need, `page` the
    address of a standalone master's page if that is not port 8080 of its host. All else of the
    cluster stands in spark-defaults.conf in SPARK_CONF_DIR.
    """

    master: str
    memory: str
    cores: int
    hadoop_conf: str | None = None
    page: str | None = None
    name = "cluster"

    def prepare(self, job: Job, bytes: int) -> Job:
        address, runtime = own_address(self.master), java()
        conf = {**self._sized(bytes), **_reached_at(address), **job.spark_conf}
        conf["spark.app.name"] = f"{job.contract.key}#{job.attempt}"
        refuse_unfit(
            self.master, self.page, conf["spark.executor.memory"], conf["spark.executor.cores"]
        )
        options = conf["spark.driver.extraJavaOptions"].split()
        jvm = Jvm(
            java=str(runtime.executable),
            jars=str(runtime.jars),
            memory=conf["spark.driver.memory"],
            options=(*options, *self._class_path(runtime)),
        )
        return replace(job, spark_conf=conf, jvm=jvm)

    def run(self, context: Context, order: Order, submitted: Submitted) -> None:
        super().run(context, with_code(order), submitted)

    def submit(self, order: Order, environment: Mapping[str, str]) -> Handle:
        place, conf = str(scratch(order.papers)), order.job.spark_conf
        variables = {
            **java().environment,
            **environment,
            "PYTHONPATH": str(order.root),
            "SPARK_LOCAL_DIRS": place,
            "TMPDIR": place,
            "SPARK_LOCAL_IP": conf.get("spark.driver.bindAddress", ""),
        }
        with job_lock(order.papers) as lock:
            pid = self.start(order.papers, "spark.run", variables, lock)
        return {"pid": pid, "application": conf["spark.app.name"]}

    def describe(self, handle: Handle) -> str:
        return (
            f"The job is {handle['application']} on {self.master}, its driver is process "
            f"{handle['pid']}"
        )

    def state(self, papers: Papers, handle: Handle) -> State:
        state = super().state(papers, handle)
        return self._as_the_cluster_says(state, papers) if state.phase == "failed" else state

    def _sized(self, bytes: int) -> Mapping[str, str]:
        executors = min(max(1, -(-bytes // _BYTES_OF_AN_EXECUTOR)), _MOST_EXECUTORS)
        many = (
            {"spark.cores.max": str(executors * self.cores)}
            if self.master.startswith("spark://")
            else {"spark.executor.instances": str(executors)}
        )
        of_small = {"spark.executor.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"}
        return {
            **sized(bytes, _DRIVER_MEMORY, self.cores),
            **many,
            **(of_small if bytes <= SMALL else {}),
            **({"spark.yarn.isPython": "true"} if self.master == "yarn" else {}),
            "spark.master": self.master,
            "spark.executor.memory": self.memory,
            "spark.executor.cores": str(self.cores),
            "spark.ui.enabled": "false",
        }

    def _class_path(self, runtime: Java) -> tuple[str, ...]:
        if self.hadoop_conf is None:
            return cache_options(runtime)
        # Java takes the last one that it is given.
        return ("-cp", f"{self.hadoop_conf}:{runtime.jars}/*")

    def _as_the_cluster_says(self, state: State, papers: Papers) -> State:
        log = (papers.tail("stderr.log", _LOG_BYTES) or b"").decode("utf-8", "replace")
        for pattern, sentence, kind, transient in _ENDS:
            if pattern.search(log) and state.explanation:
                said = sentence.format(master=self.master)
                found = replace(
                    state.explanation, sentence=said, kind=kind, transient=transient, remedy=""
                )
                return State("failed", said, transient, found)
        return state


def with_code(order: Order) -> Order:
    """The order with its code shipped, from which executors import what functions refer to."""
    job, storage, package = order.job, order.papers.storage, pack(order.root)
    shipped, conf = ship(package, storage), dict(order.job.spark_conf)
    for name in ("spark.files", "spark.submit.pyFiles"):
        conf[name] = ",".join(filter(None, (conf.get(name), shipped.code_url)))
    if job.lake == storage.url:
        # What the workers see: with it their logs hold no values, as the driver's.
        logging = f"{package.place}/log4j2.properties"
        storage.put(logging, package.files["spark/log4j2.properties"])
        option = f"-Dlog4j2.configurationFile=file:{storage.where(logging)}"
        given = conf.get("spark.executor.extraJavaOptions", "")
        conf["spark.executor.extraJavaOptions"] = f"{given} {option}".strip()
    return replace(order, job=replace(job, spark_conf=conf, code_package=shipped.hash))


def _reached_at(address: str | None) -> Mapping[str, str]:
    if address is None:
        return {}
    return {"spark.driver.host": address, "spark.driver.bindAddress": address}


_ENDS: tuple[tuple[re.Pattern[str], str, Literal["killed", "spark"], bool], ...] = (
    (
        re.compile("Master removed our application: KILLED"),
        "The application was killed at {master}, as with the button on its page; materialize again "
        "if that was a mistake.",
        "killed",
        False,
    ),
    (
        re.compile("Master removed our application: FAILED"),
        "{master} gave the job up because its executors ended ten times as soon as they had begun; "
        "the logs of its workers say why, often Java or memory.",
        "spark",
        False,
    ),
    (
        re.compile("All masters are unresponsive"),
        "{master} takes connections but does not answer the job; see whether it is a Spark master "
        "of this version and has not stopped, then materialize again.",
        "spark",
        True,
    ),
)
"""What the driver's log says when the cluster ended its application."""
