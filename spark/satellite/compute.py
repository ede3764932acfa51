"""Compute one asset for a range of its partitions, and commit a manifest for each."""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from spark.contract import Contract
from spark.contract.job import Job
from spark.contract.manifest import DataFile, Manifest
from spark.files import Files
from spark.found import NOTHING
from spark.same_code import version_that_runs
from spark.satellite.checks import examine
from spark.satellite.files import files_of
from spark.satellite.fitting import Fitted, fit
from spark.satellite.function import function_of
from spark.satellite.inputs import Input, bind
from spark.satellite.writing import REJECTS, Drafts, columns_of
from spark.transform_error import TransformError, refuse_undeclared_drops


def compute(job: Job, root: Path, scratch: Path, report: Callable[[str], None]) -> list[Manifest]:
    """Reads, computes, fits, writes, examines and commits; nothing is visible before the commit.

    `root` is the folder that holds the functions, `scratch` one of this machine for drafts.
    """
    started = time.monotonic()
    version_that_runs(job, root)
    contract, partitions = job.contract, job.partitions
    files, connection = files_of(job.lake), duckdb.connect()
    inputs = bind(job, files, connection, scratch)

    report("computing")
    kept = Drafts(scratch / "rows", columns_of(contract), contract.sort_by)
    outcomes = _sort_out(fit(function_of(root, contract.key)(**inputs), contract, partitions), kept)
    for given in inputs.values():
        given.count()
    refuse_undeclared_drops(contract, outcomes.undeclared(contract))

    report("writing")
    rejects = Drafts(scratch / "rejects", REJECTS, ["source_file", "source_line"])
    reasons = _reject(outcomes.rejected, inputs.values(), rejects)
    written = kept.write(connection)
    found = {part: examine(connection, contract, file) for part, file in written.items()}
    _refuse_lost_rows(contract, kept.rows, {part: holds.rows for part, holds in found.items()})
    data = _upload(written, files, job, "")
    reject_files = _upload(rejects.write(connection), files, job, "/rejects")

    # A deploy may have brought other files while they were being imported.
    code = version_that_runs(job, root)
    manifests = [
        Manifest(
            key=contract.key,
            partition=partition,
            fingerprint=job.fingerprints[partition],
            attempt=job.attempt,
            code_version=code,
            spark_version=_engine(),
            files=data.get(partition, ()),
            rejects=sum(reasons[partition].values()),
            reject_files=reject_files.get(partition, ()),
            reject_reasons=dict(reasons[partition]),
            inputs={
                name: inputs[name].rows[partition] for name in sorted(contract.reconciled_inputs)
            },
            malformed=sum(_malformed(given, partition) for given in inputs.values()),
            drops={
                reason: outcomes.dropped[partition][reason] for reason in contract.declared_drops
            },
            seconds=round(time.monotonic() - started, 3),
            code_package=job.code_package,
            **vars(found.get(partition, NOTHING)),
        )
        for partition in partitions
    ]
    for manifest in manifests:
        manifest.commit(files.create, f"{job.lake}/{job.manifests[manifest.partition]}")
    return manifests


@dataclass
class _Outcomes:
    """Rows that are not kept: those dropped are counted by partition and reason."""

    rejected: list[Fitted] = field(default_factory=list)
    dropped: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def undeclared(self, contract: Contract) -> int:
        """The rows that were dropped for reasons that the contract does not name."""
        declared = contract.declared_drops
        return sum(
            rows
            for of_one in self.dropped.values()
            for reason, rows in of_one.items()
            if reason not in declared
        )


def _sort_out(rows: Iterable[Fitted], kept: Drafts) -> _Outcomes:
    outcomes = _Outcomes()
    for row in rows:
        if row.dropped is not None:
            outcomes.dropped[row.partition][row.dropped] += 1
        elif row.rejected is not None:
            outcomes.rejected.append(row)
        else:
            kept.add(row.partition, row.values)
    return outcomes


def _reject(
    rows: Iterable[Fitted], inputs: Iterable[Input], rejects: Drafts
) -> Mapping[str, Counter[str]]:
    """Drafts rejected rows and malformed lines; counts them by partition and reason."""
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        source = row.source or {}
        place = (row.partition, source.get("file"), source.get("line"))
        rejects.add(row.partition, (*place, row.rejected, row.row))
        reasons[row.partition][row.rejected or ""] += 1
    for given in inputs:
        for partition, line in given.malformed:
            place = (partition, line.source["file"], line.source["line"])
            rejects.add(partition, (*place, line.malformed, line.text))
            reasons[partition][line.malformed or ""] += 1
    return reasons


def _malformed(given: Input, partition: str) -> int:
    return sum(1 for of_one, _ in given.malformed if of_one == partition)


def _upload(
    written: Mapping[str, Path], files: Files, job: Job, folder: str
) -> Mapping[str, tuple[DataFile, ...]]:
    """Puts the files where their snapshot will be."""
    several = len(job.partitions) > 1
    uploaded = {}
    for partition, file in written.items():
        of_one = f"/_partition={partition}" if several else ""
        place, content = f"{job.data}{folder}{of_one}/part-0.parquet", file.read_bytes()
        files.create(f"{job.lake}/{place}", content)
        uploaded[partition] = (DataFile(place, len(content)),)
    return uploaded


def _engine() -> str:
    """What stands in a manifest where a Spark job names its Spark."""
    return f"Python {sys.version_info.major}.{sys.version_info.minor}, DuckDB {duckdb.__version__}"


def _refuse_lost_rows(
    contract: Contract, computed: Mapping[str, int], written: Mapping[str, int]
) -> None:
    for partition, rows in computed.items():
        if rows != written[partition]:
            raise TransformError(
                f"{contract.key} computed {rows} rows of {partition} but wrote "
                f"{written[partition]}; materialize again"
            )
