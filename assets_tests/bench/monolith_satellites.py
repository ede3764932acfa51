"""The monolith's satellites: their functions, called in its own process, written as its tables."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from spark.contract import Contract
from spark.contract.job import Job, LandingInput, SnapshotInput
from spark.files import LocalFiles
from spark.satellite.fitting import fit
from spark.satellite.function import function_of
from spark.satellite.inputs import bind
from spark.satellite.writing import Drafts, columns_of


def compute_satellite(
    root: Path,
    contract: Contract,
    inputs: Mapping[str, LandingInput | SnapshotInput],
    partitions: Sequence[str],
    folder: Path,
) -> None:
    """Writes the rows that fit to `folder`, of daily tables a folder a day."""
    job = Job(
        attempt="bench",
        contract=contract,
        code_version="",
        lake="",
        data="",
        fingerprints=dict.fromkeys(partitions, ""),
        manifests={},
        inputs=inputs,
    )
    kept_names = [name for name in contract.column_names if name != contract.partition_by]
    kinds = columns_of(contract)
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as connection:
        bound = bind(job, LocalFiles(), connection, Path(scratch))
        kept = Drafts(Path(scratch, "rows"), {name: kinds[name] for name in kept_names}, ())
        for row in fit(function_of(root, contract.key)(**bound), contract, partitions):
            if row.dropped is None and row.rejected is None:
                values = dict(zip(contract.column_names, row.values, strict=True))
                kept.add(row.partition, [values[name] for name in kept_names])
        for partition, file in kept.write(connection).items():
            of_one = f"{contract.partition_by}={partition}" if contract.partition_by else ""
            place = folder / of_one
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            shutil.move(file, place / "part-0.parquet")
