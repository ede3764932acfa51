"""A job runs the code that it was asked for, from its first line to its commit."""

from pathlib import Path

from spark.contract.code import code_version, job_file
from spark.contract.job import Job


class OtherCodeError(Exception):
    """The code here is not the code that was asked for."""


def version_that_runs(job: Job, root: Path) -> str:
    """The version of the code in `root`; OtherCodeError if it is not the one asked for."""
    file = job_file(root, job.contract.key)
    found = code_version(root, file) if file else "nothing"
    if found != job.code_version:
        raise OtherCodeError(
            f"{job.contract.key} was to run code {job.code_version}, but {found} is here; "
            "reload the code location and materialize again"
        )
    return found
