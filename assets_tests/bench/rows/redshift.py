"""Loading into Redshift, against the bare statements by the plain driver, on the same double.

The double's own time is in both, and so is that of its S3. What is beyond it is what planning,
preflight, reconciliation and the swap cost for every table, however large.
"""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from assets_tests.bench.bench import Bench, Row
from assets_tests.bench.comparison import Comparison
from assets_tests.bench.synthetic import snapshot_of
from assets_tests.doubles.aws.running import BUCKET, Double
from assets_tests.doubles.redshift.running import RedshiftDouble
from assets_tests.storages import in_bucket
from assets_tests.warehouses.redshift.signed import SignedLogins
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.warehouses.redshift.ddl import create_table
from seniorlink_assets.warehouses.redshift.driver import RedshiftDriver
from seniorlink_assets.warehouses.redshift.preflight import preflight
from seniorlink_assets.warehouses.redshift.warehouse import RedshiftWarehouse
from spark.contract import Contract
from spark.contract.manifest import DataFile

_ROWS, _FILES = 1000, 1000
_READERS = 16


def measure(bench: Bench) -> list[Comparison]:
    folder = bench.folder / "redshift"
    with _doubles(folder) as (aws, redshift):
        lake = in_bucket(aws)
        contract, snapshot = snapshot_of(folder / "lake", "bench/loaded", _ROWS)
        content = Path(snapshot.files[0]).read_bytes()
        (file,) = snapshot.manifest.files
        lake.put(file.path, content)
        ours, plain = _loads(bench.sizes.runs, redshift, lake, contract, snapshot)
        looked, read = _preflights(bench.sizes.runs, aws, lake, contract, snapshot, content)
    notes = {"rows": _ROWS}
    beyond = [mine - bare for mine, bare in zip(ours, plain, strict=True)]
    return [
        Comparison("a table into Redshift, beyond COPY and swap", beyond, limit=0.5, notes=notes),
        Comparison("for information: the same load whole", ours, plain, notes=notes),
        Comparison(f"preflight of {_FILES:,} files", looked, read, limit=5.0),
    ]


def _loads(
    runs: int, redshift: RedshiftDouble, lake: Storage, contract: Contract, snapshot: Snapshot
) -> tuple[list[float], list[float]]:
    database = redshift.database()
    warehouse = RedshiftWarehouse(
        RedshiftDriver(SignedLogins(redshift), database),
        lake,
        copy_role="default",
        database=database,
        name="double",
    )
    taken: tuple[list[float], list[float]] = [], []
    for repetition in range(runs + 1):
        manifest = replace(snapshot.manifest, fingerprint=f"f{repetition}")
        loads = (
            partial(_load, warehouse, contract, replace(snapshot, manifest=manifest)),
            partial(_load_bare, redshift, database, lake, contract, snapshot),
        )
        for samples, load in zip(taken, loads, strict=True):
            seconds = _seconds(load)
            if repetition:
                samples.append(seconds)
    return taken


def _load(warehouse: RedshiftWarehouse, contract: Contract, snapshot: Snapshot) -> None:
    """What a step does with a destination, from its plan to the end."""
    warehouse.schema_changes([contract])
    warehouse.released(contract)
    staged = warehouse.stage(contract, [snapshot], "bench")
    warehouse.publish(staged, "bench")
    warehouse.housekeep(staged, "bench")


def _load_bare(
    redshift: RedshiftDouble,
    database: str,
    lake: Storage,
    contract: Contract,
    snapshot: Snapshot,
) -> None:
    """COPY into a staging table, a count, and the swap in one transaction."""
    entries = [
        {"url": lake.where(file.path), "mandatory": True, "meta": {"content_length": file.bytes}}
        for file in snapshot.manifest.files
    ]
    lake.put("bare/rows.manifest", json.dumps({"entries": entries}).encode())
    with redshift.connect(database) as connection, connection.cursor() as cursor:
        for statement in (
            "CREATE SCHEMA IF NOT EXISTS bare",
            create_table(contract, '"bare"."staging"'),
            f"COPY bare.staging FROM '{lake.where('bare/rows.manifest')}' IAM_ROLE default "
            "FORMAT AS PARQUET MANIFEST STATUPDATE ON",
            "SELECT count(*) FROM bare.staging",
            "BEGIN",
            "DROP TABLE IF EXISTS bare.loaded",
            "ALTER TABLE bare.staging RENAME TO loaded",
            "COMMIT",
        ):
            cursor.execute(statement)


def _preflights(
    runs: int, aws: Double, lake: Storage, contract: Contract, snapshot: Snapshot, content: bytes
) -> tuple[list[float], list[float]]:
    """Seconds of looking at all footers, and of only getting the ends of the files."""
    names = [f"snapshots/many/part-{number}.parquet" for number in range(_FILES)]
    lake.each(lambda name: lake.put(name, content), names)
    files = tuple(DataFile(name, len(content)) for name in names)
    many = replace(snapshot, manifest=replace(snapshot.manifest, files=files))
    client = aws.client("s3")
    keys = [lake.where(name).removeprefix(f"s3://{BUCKET}/") for name in names]

    def end_of(key: str) -> bytes:
        given = client.get_object(Bucket=BUCKET, Key=key, Range="bytes=-65536")
        return given["Body"].read()

    def read() -> None:
        with ThreadPoolExecutor(_READERS) as readers:
            list(readers.map(end_of, keys))

    looked, bare = [], []
    for repetition in range(runs + 1):
        seconds = _seconds(lambda: preflight(contract, [many], lake)), _seconds(read)
        if repetition:
            looked.append(seconds[0])
            bare.append(seconds[1])
    return looked, bare


def _seconds(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


@contextmanager
def _doubles(folder: Path) -> Iterator[tuple[Double, RedshiftDouble]]:
    with ExitStack() as stack:
        aws = stack.enter_context(Double(folder / "aws"))
        aws.reset()
        redshift = stack.enter_context(RedshiftDouble(folder / "redshift", aws.url))
        trusting = stack.enter_context(pytest.MonkeyPatch.context())
        trusting.setenv("SSL_CERT_FILE", str(redshift.ca_file))
        yield aws, redshift


row = Row(measure, minutes=0.2)
