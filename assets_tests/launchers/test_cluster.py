"""What is true of jobs whose executors run on a cluster, and of nothing else."""

import json
import os
import signal
import socket
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest

from assets_tests.checkout import Checkout
from assets_tests.launchers.jobs import CONTRACT, Jobs, Started
from assets_tests.launchers.papers_in import papers_in
from assets_tests.launchers.processes import becomes, ends, members
from assets_tests.standalone_cluster import StandaloneCluster, standalone_cluster
from seniorlink_assets.launchers.base import JobFailed, Order
from seniorlink_assets.launchers.cluster import ClusterLauncher, with_code
from seniorlink_assets.launchers.java import java
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.storage.disk import DiskStorage
from spark.contract.job import Job

HELD = """
import os
import time
from pathlib import Path

def held(note, papers):
    daemon = Path(f"/proc/{os.getppid()}/stat").read_text()
    executor = daemon.rpartition(") ")[2].split()[1]
    Path(papers, f"executor-{executor}").touch()
    latest = time.monotonic() + 120
    while note == "40" and not Path(papers, "goes on").exists() and time.monotonic() < latest:
        Path(papers, f"holds-{executor}").touch()
        time.sleep(0.02)
    return note
"""
HOLDS_A_TASK = """
from pathlib import Path
from pyspark.sql.functions import udf
from spark.trial.held import held

def notes(notes):
    papers = str(Path.cwd())
    through = udf(lambda note: held(note, papers), "string", useArrow=False)
    return notes.repartition(4, "note_id").withColumn("note_id", through("note_id"))
"""
LEAKS = """
def notes(notes):
    notes.selectExpr("cast('value ' || note_id AS int)").collect()
"""
ALL_NOTES = [*range(1, 41)]
ONE_WORKER = {"spark.cores.max": "1"}
TWO_WORKERS = {"spark.cores.max": "2", "spark.scheduler.minRegisteredResourcesRatio": "1"}
ALL_WORKERS = {"spark.cores.max": "99"}
JOB = Job("1", CONTRACT, "1", "/lake", "data", fingerprints={}, manifests={}, inputs={})
SPARK = version("pyspark")


@dataclass
class ClusterJobs(Jobs):
    """Jobs with settings of their own."""

    conf: Mapping[str, str] = field(default_factory=dict)

    def order(self, deed: str) -> Order:
        order, lake = super().order(deed), self.checkout.home / "lake"
        conf = {**order.job.spark_conf, **self.conf}
        (place := lake / "jobs" / order.job.attempt).parent.mkdir(parents=True, exist_ok=True)
        order.papers.folder.rename(place)
        papers = Papers(DiskStorage(lake), f"jobs/{order.job.attempt}")
        job = replace(order.job, spark_conf=conf)
        return with_code(replace(order, job=job, papers=papers))


@contextmanager
def starting(
    folder: Path, cluster: StandaloneCluster, conf: Mapping[str, str], source: str = HOLDS_A_TASK
) -> Iterator[Callable[[], Started]]:
    """Starts jobs of forty notes, of which one holds its task until the job is told to go on."""
    launcher = ClusterLauncher(cluster.url, "512m", 1, page=cluster.page)
    jobs = ClusterJobs(folder, launcher, conf)
    notes = "".join(f"{note}\n" for note in ALL_NOTES)
    jobs.checkout.land("trial/notes", "2025-01-02", notes_csv=f"note_id\n{notes}")
    jobs.checkout.write_job("trial/notes", source)
    jobs.checkout.write_job("trial/held", HELD)
    started = []

    def start() -> Started:
        started.append(jobs.start())
        return started[-1]

    try:
        yield start
    finally:
        for job in started:
            launcher.cancel(job.order.papers, job.handle)


def executors(job: Started, what: str = "executor") -> list[int]:
    """The processes of the executors that a task of a job ran in."""
    return [int(path.name.partition("-")[2]) for path in job.folder.glob(f"{what}-*")]


def said(job: Started) -> str:
    path = job.folder / "messages.jsonl"
    return path.read_text() if path.exists() else ""


def name_of(job: Started) -> str:
    return f"trial/notes#{job.order.job.attempt}"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[StandaloneCluster]:
    with standalone_cluster(tmp_path_factory.mktemp("cluster"), workers=3) as cluster:
        yield cluster


@pytest.fixture
def start(cluster, tmp_path) -> Iterator[Callable[[], Started]]:
    with starting(tmp_path, cluster, TWO_WORKERS) as start:
        yield start


def test_a_job_finishes_though_a_worker_is_killed_under_it(cluster, start):
    job = start()
    assert becomes(lambda: executors(job, "holds") and len(executors(job)) == 2)
    (other,) = {*executors(job)} - {*executors(job, "holds")}

    cluster.workers[cluster.worker_of(other)].kill()
    assert becomes(lambda: cluster.state()["aliveworkers"] < len(cluster.workers))
    job.go_on()

    assert job.end().phase == "succeeded"
    assert job.rows == ALL_NOTES
    assert ends(other)
    assert becomes(lambda: cluster.over().get(name_of(job)) == "FINISHED")


def test_the_executors_of_a_driver_that_is_killed_end(cluster, start):
    job = start()
    assert becomes(lambda: executors(job, "holds"))
    assert name_of(job) in cluster.at_work()

    os.killpg(job.handle["pid"], signal.SIGKILL)

    assert "was killed (signal 9)" in job.end().reason
    assert all(ends(executor) for executor in executors(job))
    assert becomes(lambda: name_of(job) in cluster.over())
    assert job.rows == []


@dataclass(frozen=True)
class Rivals:
    """A job that had all workers until it was killed at the master, and one that waited for it."""

    holder: Started
    waiting: Started


@pytest.fixture(scope="module")
def rivals(cluster, tmp_path_factory) -> Iterator[Rivals]:
    with starting(tmp_path_factory.mktemp("rivals"), cluster, ALL_WORKERS) as start:
        holder = start()
        assert becomes(lambda: executors(holder, "holds"))
        assert becomes(lambda: cluster.state()["coresused"] == cluster.state()["cores"])
        waiting = start()
        waiting.go_on()
        assert becomes(lambda: "waiting for an executor" in said(waiting))
        cluster.kill_application(name_of(holder))
        yield Rivals(holder, waiting)


def test_a_job_that_the_cluster_has_no_room_for_says_so_and_runs_when_there_is(rivals):
    assert rivals.waiting.end().phase == "succeeded"
    assert (
        "waiting for an executor with 512m and 1 core: the cluster has none to give; it is busy, "
        "or too small" in said(rivals.waiting)
    )
    assert rivals.waiting.rows == ALL_NOTES


def test_a_job_that_was_killed_at_the_master_says_so_and_is_not_tried_again(cluster, rivals):
    state = rivals.holder.end()

    assert (state.phase, state.transient) == ("failed", False)
    assert state.reason == (
        f"The application was killed at {cluster.url}, as with the button on its page; materialize "
        "again if that was a mistake."
    )
    assert cluster.over()[name_of(rivals.holder)] == "KILLED"
    assert members(rivals.holder.handle["pid"]) == []


@pytest.mark.skipif(
    subprocess.run(["/usr/bin/env", "unshare", "--mount", "true"], capture_output=True).returncode
    != 0,
    reason="a process may not have mounts of its own here",
)
def test_a_worker_that_does_not_see_the_lake_is_noticed(tmp_path):
    seen_here, folder = tmp_path / "seen_here", tmp_path / "cluster"
    seen_here.mkdir()
    folder.mkdir()
    with (
        standalone_cluster(folder, workers=1, without=seen_here) as cluster,
        starting(seen_here, cluster, ONE_WORKER) as start,
    ):
        job = start()
        state = job.end()

    assert (state.phase, state.transient, job.rows) == ("failed", False, [])
    assert state.reason == (
        f"The lake {seen_here}/home/lake cannot be read and written on {socket.gethostname()}, "
        "where executors of the job ran; mount it there under the same path, or use a lake in "
        "s3:// or hdfs://."
    )


def test_the_logs_of_the_workers_hold_no_value_of_the_data(cluster, tmp_path):
    with starting(tmp_path, cluster, ONE_WORKER, LEAKS) as start:
        job = start()
        state = job.end()

    logs = [*cluster.master.log.parent.parent.glob("worker*/work/*/*/stderr")]
    of_job = [log.read_text() for log in logs if str(job.order.job.lake) in log.read_text()]
    assert "CAST_INVALID_INPUT" in state.reason
    assert "ERROR Executor: Exception in task" in "".join(of_job)
    assert "value 1" not in "".join(of_job)


def test_an_executor_that_no_worker_is_large_enough_for_is_refused_at_once(cluster):
    launcher = ClusterLauncher(cluster.url, "4g", 1, page=cluster.page)

    with pytest.raises(JobFailed) as refused:
        launcher.prepare(JOB, 0)

    assert not refused.value.transient
    assert str(refused.value) == (
        f"No worker of {cluster.url} is large enough for an executor with 4g and 1 cores: the "
        "largest has 1024m and 1; ask for less with SENIORLINK_JOB_MEMORY and "
        "SENIORLINK_JOB_CORES, or with spark_conf={'spark.executor.memory': ...} in its "
        "declaration."
    )


@pytest.fixture
def listening() -> Iterator[str]:
    """The URL of a master that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"spark://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def deaf() -> str:
    """The URL of a master that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"spark://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def page(shown: Mapping[str, str]) -> Iterator[str]:
    """The address of a page that shows texts by their paths."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(shown[self.path].encode())

        def log_message(self, *said) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


def refusal(master: str, *workers: Mapping[str, object], spark: str = SPARK) -> JobFailed:
    """Why a job is not sent to a master whose page shows this."""
    known = json.dumps({"url": master, "status": "ALIVE", "workers": workers})
    shown = {"/json/": known, "/": f'<span class="version me-3">{spark}</span>'}
    with page(shown) as address, pytest.raises(JobFailed) as refused:
        ClusterLauncher(master, "512m", 1, page=address).prepare(JOB, 0)
    return refused.value


def test_a_master_of_another_line_of_spark_is_refused_at_once(listening):
    error = refusal(listening, spark="3.5.6")

    line = SPARK.rpartition(".")[0]
    assert not error.transient
    assert str(error) == (
        f"{listening} is Spark 3.5, but {line} is installed here; install its version of pyspark, "
        f"or name a master of Spark {line}."
    )


def test_a_master_whose_workers_are_all_dead_is_worth_another_try(listening):
    error = refusal(listening, {"cores": 8, "memory": 8192, "state": "DEAD"})

    assert error.transient
    assert str(error) == f"{listening} has no worker that lives; start one, then materialize again."


def test_a_master_that_does_not_answer_is_worth_another_try(deaf):
    with pytest.raises(JobFailed) as refused:
        ClusterLauncher(deaf, "512m", 1).prepare(JOB, 0)

    assert refused.value.transient
    assert str(refused.value) == (
        f"No Spark master answers at {deaf}; start it, or correct SENIORLINK_SPARK_MASTER."
    )


def test_of_several_masters_one_that_answers_is_enough(deaf, listening):
    both = f"{deaf},{listening.removeprefix('spark://')}"

    conf = ClusterLauncher(both, "512m", 1).prepare(JOB, 0).spark_conf

    assert conf["spark.master"] == both
    assert conf["spark.driver.host"] == "127.0.0.1"


@pytest.mark.parametrize(("gigabytes", "cores"), [(0, "2"), (1, "2"), (3, "6"), (1000, "32")])
def test_a_job_has_as_many_executors_as_it_has_to_read(listening, gigabytes, cores):
    conf = ClusterLauncher(listening, "4g", 2).prepare(JOB, gigabytes << 30).spark_conf

    assert (conf["spark.executor.memory"], conf["spark.executor.cores"]) == ("4g", "2")
    assert conf["spark.cores.max"] == cores


def test_the_settings_of_a_table_win(listening):
    wanted = {"spark.executor.memory": "9g", "spark.cores.max": "7"}

    job = ClusterLauncher(listening, "4g", 2).prepare(replace(JOB, spark_conf=wanted), 0)

    assert wanted.items() <= job.spark_conf.items()


def test_yarn_gets_its_executors_by_number_and_finds_the_settings_of_hadoop():
    job = ClusterLauncher("yarn", "4g", 2, hadoop_conf="/etc/hadoop").prepare(JOB, 3 << 30)

    assert job.spark_conf["spark.executor.instances"] == "3"
    assert "spark.driver.host" not in job.spark_conf
    assert job.jvm.options[-2:] == ("-cp", f"/etc/hadoop:{java().jars}/*")


def test_a_package_of_code_is_shipped_once_and_named_in_the_job(tmp_path, listening):
    checkout = Checkout.at(tmp_path)
    checkout.write_job("trial/notes", HOLDS_A_TASK)
    launcher, papers = ClusterLauncher(listening, "4g", 2), papers_in(tmp_path / "papers")
    order = Order(launcher.prepare(JOB, 0), checkout.root, papers)

    first, second = with_code(order).job, with_code(order).job

    assert first == second
    archive = Path(first.spark_conf["spark.submit.pyFiles"])
    assert archive.parent.name == first.code_package
    assert first.spark_conf["spark.files"] == str(archive)
    with zipfile.ZipFile(archive) as code:
        assert "spark/trial/notes.py" in code.namelist()


@pytest.mark.parametrize(
    ("log", "words", "transient"),
    [
        ("Master removed our application: FAILED", "its executors ended ten times", False),
        ("All masters are unresponsive! Giving up.", "does not answer the job", True),
        ("Lost executor 1", "ended with 1 and no word", False),
    ],
)
def test_a_job_that_the_cluster_gave_up_says_why(tmp_path, log, words, transient):
    papers = papers_in(tmp_path)
    papers.put("lock", b"")
    papers.put("exit", b"1\n")
    papers.put("stderr.log", f"20:00:00 ERROR StandaloneSchedulerBackend: {log}\n".encode())

    state = ClusterLauncher("spark://here:7077", "4g", 2).state(papers, {"pid": 0})

    assert (state.phase, state.transient) == ("failed", transient)
    assert words in state.reason
