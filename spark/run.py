"""One process, one asset, one range of partitions: the job that every launcher starts."""

import os
import sys
import tempfile
import time
from pathlib import Path

from dagster_pipes import PipesContext, open_dagster_pipes

from spark.contract.job import Job
from spark.contract.manifest import summary
from spark.files import is_url
from spark.gateway import Gateway, start_gateway
from spark.same_code import version_that_runs
from spark.warm.lease import Lease

ROOT = Path(__file__).parent
LOGGING = ROOT / "log4j2.properties"


def main(lease: Lease | None = None, papers_url: str | None = None) -> int:
    """Runs the job that Pipes describes, on a leased JVM if there is one.

    A job that spark-submit has started finds all about it at the URL of its papers.
    Returns 0 if its manifests are committed, EX_IOERR if it cannot even write down why it failed.
    """
    try:
        with _opened(papers_url) as pipes:
            job = Job.from_json(pipes.extras["job"])
            folder = pipes.extras["folder"]
            jvm = None
            try:
                version_that_runs(job, ROOT)
                jvm = lease or (start_gateway(job.jvm, Path(folder)) if job.jvm else None)
                _run(job, pipes, jvm)
            except BaseException as error:  # noqa: BLE001  # every death leaves its sentence
                return _fail(error, folder, pipes, jvm)
    except OSError as error:
        if papers_url:
            sys.stderr.write(f"The papers of the job cannot be used: {error}\n")
        return os.EX_IOERR
    return 0


def _opened(papers_url: str | None) -> PipesContext:
    if papers_url is None:
        return open_dagster_pipes()
    from spark.papers import open_papers

    return open_papers(papers_url)


def _run(job: Job, pipes: PipesContext, jvm: Gateway | Lease | None) -> None:
    started = time.monotonic()
    from spark.cluster import is_local, session_on
    from spark.compute import compute
    from spark.landing import READ_CONF
    from spark.progress import reporting
    from spark.session import hush_jvm
    from spark.writing import STORE_CONF

    conf = {
        **(READ_CONF if job.reads_landing else {}),
        **(STORE_CONF if is_url(job.lake) else {}),
        **job.spark_conf,
    }
    if jvm is not None:
        jvm.connect(conf.get("spark.pyspark.python", sys.executable))
        conf["spark.sql.warehouse.dir"] = f"{tempfile.gettempdir()}/warehouse"
        if is_local(conf):
            # Where Spark's Python workers find what a function of the job refers to.
            conf["spark.executorEnv.PYTHONPATH"] = str(ROOT.parent)
    else:
        hush_jvm(LOGGING)
    with session_on(job.contract.key, conf, job.lake, pipes.log.info) as session:
        pipes.log.info(f"Spark {session.version} is ready after {time.monotonic() - started:.1f} s")
        with reporting(session.sparkContext, pipes.log.info):
            manifests = compute(session, job, ROOT, pipes.log.info)
    pipes.report_custom_message(summary(manifests))
    if jvm is None:
        session.stop()


def _fail(
    error: BaseException, folder: str, pipes: PipesContext, jvm: Gateway | Lease | None
) -> int:
    from spark.failure import describe, record

    code = _exit_code(jvm, error) if jvm else None
    is_submitted = is_url(folder)
    sentence = describe(error, ROOT, code, is_submitted=is_submitted)
    if is_submitted:
        # Its papers may be out of reach, with the JVM that has died.
        sys.stderr.write(f"{sentence}\n")
    record(folder, error, sentence, code)
    pipes.log.error(sentence)
    return 1


def _exit_code(jvm: Gateway | Lease, error: BaseException) -> int | None:
    """How the JVM ended, if its death is what failed the job."""
    from py4j.protocol import Py4JError, Py4JJavaError

    lost = isinstance(error, (ConnectionError, EOFError, Py4JError))
    return jvm.exit_code(10 if lost and not isinstance(error, Py4JJavaError) else 0)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Threads of a transform must not keep the process alive.
    os._exit(status)
