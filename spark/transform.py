"""Call the one function, or run the one SELECT, that computes an asset."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from spark.contract.code import job_file
from spark.transform_error import TransformError


def transform(
    session: SparkSession, root: Path, key: str, inputs: Mapping[str, DataFrame]
) -> DataFrame:
    """What `root`/`key`.py or .sql makes of its inputs, bound by name."""
    job = job_file(root, key)
    if job is None:
        raise TransformError(f"{root.name}/{key}.py (or .sql) is missing where the job runs")
    if job.suffix == ".sql":
        for name, frame in inputs.items():
            frame.createOrReplaceTempView(name)
        return session.sql(job.read_text(encoding="utf-8"))
    name = ".".join((root.name, *key.split("/")))
    spec = importlib.util.spec_from_file_location(name, job)
    if spec is None or spec.loader is None:
        raise TransformError(f"{job} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    returned = getattr(module, job.stem)(**inputs)
    if not isinstance(returned, DataFrame):
        raise TransformError(
            f"{root.name}/{key}.py returned {type(returned).__name__}; return a DataFrame"
        )
    return returned
