"""Compute one asset for a range of its partitions, and commit a manifest for each."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from spark.checks import examine
from spark.contract import Contract
from spark.contract.job import Job
from spark.contract.manifest import Manifest
from spark.counting import Counts
from spark.files import files_at
from spark.fitting import fit
from spark.found import NOTHING
from spark.inputs import bind, schema_of
from spark.once import Once
from spark.rejects import NO_REJECTS, write_rejects
from spark.same_code import version_that_runs
from spark.transform import transform
from spark.transform_error import TransformError, refuse_undeclared_drops
from spark.writing import read_back, rebalanced, write_rows, written_files


def compute(
    session: SparkSession, job: Job, root: Path, report: Callable[[str], None]
) -> list[Manifest]:
    """Reads, transforms, fits, writes, examines and commits; nothing is visible before the commit.

    `root` is the folder that holds the transforms.
    """
    started = time.monotonic()
    version_that_runs(job, root)
    contract, partitions, lake = job.contract, job.partitions, job.lake
    folder = f"{lake}/{job.data}"
    inputs = bind(session, job)
    fitted = fit(transform(session, root, contract.key, inputs.frames), contract, partitions)
    outcomes = Counts(partitions, F.col("_partition"), **_outcomes(contract))
    remaining = outcomes.observe(fitted).where("_dropped IS NULL").drop("_dropped")

    report("computing and writing")
    computed = Once(rebalanced(remaining, partitions))
    kept = computed.frame.where("_rejected IS NULL").select(*contract.column_names, "_partition")
    write_rows(kept, folder, partitions, [*contract.sort_by])
    counts, malformed = outcomes.get(computed), inputs.malformed(computed)
    refuse_undeclared_drops(contract, sum(counts["undeclared"].values()))

    rejects = NO_REJECTS
    if sum(counts["rejected"].values()) + sum(malformed.values()):
        report("writing rejects")
        landed = inputs.landed_again(computed)
        rejects = write_rejects(
            session, computed.frame, landed, f"{folder}/rejects", lake, partitions
        )

    report("examining what was written")
    files = written_files(folder, lake, partitions)
    found = {}
    if files:
        written = read_back(session, folder, lake, files, schema_of(contract), partitions)
        found = examine(written, contract, max(counts["kept"].values(), default=0))

    rows_in = inputs.rows(computed)
    # A deploy may have brought other files while they were being imported.
    code = version_that_runs(job, root)
    manifests = []
    for partition in partitions:
        holds = found.get(partition, NOTHING)
        reasons = rejects.reasons.get(partition, {})
        _refuse_changed_counts(
            contract,
            partition,
            {
                "rows": (counts["kept"].get(partition, 0), holds.rows),
                "rejects": (
                    counts["rejected"].get(partition, 0) + malformed.get(partition, 0),
                    sum(reasons.values()),
                ),
            },
        )
        manifests.append(
            Manifest(
                key=contract.key,
                partition=partition,
                fingerprint=job.fingerprints[partition],
                attempt=job.attempt,
                code_version=code,
                spark_version=session.version,
                files=tuple(files.get(partition, ())),
                rejects=sum(reasons.values()),
                reject_files=tuple(rejects.files.get(partition, ())),
                reject_reasons=dict(reasons),
                inputs={name: rows.get(partition, 0) for name, rows in rows_in.items()},
                malformed=malformed.get(partition, 0),
                drops={
                    reason: counts[f"drop:{reason}"].get(partition, 0)
                    for reason in contract.declared_drops
                },
                seconds=round(time.monotonic() - started, 3),
                spark_conf=dict(job.spark_conf),
                code_package=job.code_package,
                **vars(holds),
            )
        )
    store = files_at(lake)
    for manifest in manifests:
        manifest.commit(store.create, f"{lake}/{job.manifests[manifest.partition]}")
    return manifests


def _outcomes(contract: Contract) -> dict[str, Column]:
    dropped, rejected = F.col("_dropped"), F.col("_rejected")
    reasons = contract.declared_drops
    return {
        "kept": dropped.isNull() & rejected.isNull(),
        "rejected": dropped.isNull() & rejected.isNotNull(),
        "undeclared": dropped.isNotNull() & ~dropped.isin(reasons),
        **{f"drop:{reason}": dropped == reason for reason in reasons},
    }


def _refuse_changed_counts(
    contract: Contract, partition: str, counts: Mapping[str, tuple[int, int]]
) -> None:
    for what, (computed, written) in counts.items():
        if computed != written:
            raise TransformError(
                f"{contract.key} computed {computed} {what} of {partition} but wrote {written}: a "
                "landing file changed meanwhile, or the transform gives another result each time; "
                "materialize again, and if that does not help make the transform deterministic"
            )
