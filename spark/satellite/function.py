"""The one function that computes a satellite."""

import importlib.util
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from spark.contract.code import job_file
from spark.transform_error import TransformError


def function_of(root: Path, key: str) -> Callable[..., Iterable[Mapping[str, Any]]]:
    """The function of `root`/`key`.py, called as the second half of the key."""
    job = job_file(root, key)
    if job is None or job.suffix != ".py":
        raise TransformError(f"{root.name}/{key}.py is missing where the job runs")
    spec = importlib.util.spec_from_file_location(".".join((root.name, *key.split("/"))), job)
    if spec is None or spec.loader is None:
        raise TransformError(f"{job} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, job.stem)
