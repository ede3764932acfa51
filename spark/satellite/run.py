"""One process, one asset, one range of partitions, without Spark: what every launcher starts."""

import os
import sys
import tempfile
from pathlib import Path

from dagster_pipes import PipesContext, open_dagster_pipes

from spark.contract.job import Job
from spark.contract.manifest import summary
from spark.papers import open_papers
from spark.satellite.compute import compute
from spark.satellite.failure import describe, record
from spark.satellite.files import files_of

ROOT = Path(__file__).parents[1]


def main(papers: str | None = None) -> int:
    """Runs the job that Pipes describes, or that the papers at a URL do.

    Returns 0 if its manifests are committed, EX_IOERR if it cannot even write down why it failed.
    """
    try:
        opened = open_papers(papers, files_of(papers)) if papers else open_dagster_pipes()
        with opened as pipes:
            folder = pipes.extras["folder"]
            try:
                _run(Job.from_json(pipes.extras["job"]), pipes)
            except BaseException as error:  # noqa: BLE001  # every death leaves its sentence
                sentence = describe(error, ROOT)
                sys.stderr.write(f"{sentence}\n")
                pipes.log.error(sentence)
                record(files_of(folder), folder, error, sentence)
                return 1
    except OSError as error:
        sys.stderr.write(f"{type(error).__name__}: the papers of the job cannot be used\n")
        return os.EX_IOERR
    return 0


def _run(job: Job, pipes: PipesContext) -> None:
    with tempfile.TemporaryDirectory(prefix="satellite-") as scratch:
        manifests = compute(job, ROOT, Path(scratch), pipes.log.info)
    pipes.report_custom_message(summary(manifests))
