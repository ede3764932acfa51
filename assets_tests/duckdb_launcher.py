"""A launcher whose jobs are SQL that DuckDB runs: seconds of Spark saved, manifests as real."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from seniorlink_assets.launchers.base import (
    Context,
    Handle,
    JobFailed,
    Launcher,
    Order,
    State,
    Submitted,
)
from seniorlink_assets.launchers.papers import Papers
from spark.contract import WHOLE, Check
from spark.contract.job import Job, LandingInput, SnapshotInput
from spark.contract.manifest import DataFile, Manifest
from spark.files import LocalFiles


class DuckDBLauncher(Launcher):
    """Runs `spark/<key>.sql` over CSV files and snapshots, and commits as spark/compute.py does.

    It remembers the jobs it ran. `before_job` and `after_job` are called around each.
    """

    name = "duckdb"

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.before_job: Callable[[Job], None] = _nothing
        self.after_job: Callable[[Job], None] = _nothing

    def prepare(self, job: Job, bytes: int) -> Job:
        return job

    def run(self, context: Context, order: Order, submitted: Submitted) -> None:
        self.jobs.append(order.job)
        submitted({"number": len(self.jobs)})
        self.before_job(order.job)
        sql = (order.root / "spark" / f"{order.job.contract.key}.sql").read_text(encoding="utf-8")
        try:
            with duckdb.connect() as connection:
                manifests = _compute(connection, order.job, sql)
        except duckdb.Error as error:
            raise JobFailed(f"DuckDB cannot run it ({type(error).__name__})") from error
        for manifest in manifests:
            place = order.job.manifests[manifest.partition]
            manifest.commit(LocalFiles().create, f"{order.job.lake}/{place}")
        self.after_job(order.job)

    def follow(
        self, context: Context, papers: Papers, handle: Handle, seconds: float | None
    ) -> None:
        if (state := self.state(papers, handle)).phase == "failed":
            raise JobFailed(state.reason, transient=state.transient)

    def find(self, papers: Papers) -> Handle | None:
        return None

    def state(self, papers: Papers, handle: Handle) -> State:
        return State("failed", "Its process is gone.", transient=True)

    def cancel(self, papers: Papers, handle: Handle) -> None:
        """There is nothing left of a job whose process is gone."""


def _nothing(job: Job) -> None:
    pass


def _compute(connection: duckdb.DuckDBPyConnection, job: Job, sql: str) -> list[Manifest]:
    contract = job.contract
    for name, given in job.inputs.items():
        connection.execute(f"CREATE VIEW {name} AS {_rows(given)}")
    connection.execute(f"CREATE VIEW computed AS {sql}")
    columns = ", ".join(
        f"{column.name}::{column.parsed.duckdb} AS {column.name}" for column in contract.columns
    )
    day = f"{contract.partition_by}::varchar" if contract.partition_by else f"'{WHOLE}'"
    connection.execute(f"CREATE TABLE written AS SELECT {columns}, {day} AS _day FROM computed")
    found = connection.execute("SELECT DISTINCT _day FROM written").fetchall()
    assert {partition for (partition,) in found} <= {*job.partitions}
    return [_manifest(connection, job, partition) for partition in job.partitions]


def _rows(given: LandingInput | SnapshotInput) -> str:
    if isinstance(given, SnapshotInput):
        columns = {column.name: column.parsed.duckdb for column in given.contract.columns}
        files, reader = given.files, "read_parquet({files})"
    else:
        columns = {column.name: "varchar" for column in given.landing.columns}
        files = [file for files in given.days.values() for file in files]
        reader = "read_csv({files}, all_varchar = true, header = true)"
    if files:
        return f"SELECT {', '.join(columns)} FROM {reader.format(files=files)}"
    nothing = ", ".join(f"NULL::{kind} AS {name}" for name, kind in columns.items())
    return f"SELECT {nothing} WHERE false"


def _manifest(connection: duckdb.DuckDBPyConnection, job: Job, partition: str) -> Manifest:
    contract = job.contract
    connection.execute(
        f"CREATE OR REPLACE VIEW part AS "
        f"SELECT * EXCLUDE (_day) FROM written WHERE _day = '{partition}'"
    )
    rows, keys, content, newest = connection.execute(
        f"SELECT count(*), count(DISTINCT ({', '.join(contract.primary_key)},)), "
        "coalesce(md5(string_agg(part::varchar, ';' ORDER BY part::varchar))[:16], ''), "
        f"max({contract.dated_by or 'NULL'})::varchar FROM part"
    ).fetchone()
    files = []
    if rows:
        several = len(job.partitions) > 1
        place = f"{job.data}/_partition={partition}" if several else job.data
        path = Path(job.lake) / place / "part-0.parquet"
        path.parent.mkdir(parents=True)
        connection.execute(f"COPY (FROM part) TO '{path}' (FORMAT parquet)")
        files.append(DataFile(f"{place}/part-0.parquet", path.stat().st_size))
    numbers = [column.name for column in contract.columns if column.parsed.is_number]
    sums = {name: _one(connection, f"SELECT sum({name})::varchar FROM part") for name in numbers}
    return Manifest(
        key=contract.key,
        partition=partition,
        fingerprint=job.fingerprints[partition],
        attempt=job.attempt,
        code_version=job.code_version,
        spark_version="4.3.0",
        files=tuple(files),
        rows=rows,
        inputs=_rows_in(connection, job, partition),
        violations={
            "primary_key_is_unique": rows - keys,
            **{
                check.name: _one(connection, f"SELECT count(*) FROM part WHERE {broken}")
                for check in contract.checks
                if (broken := _broken(check))
            },
        }
        if rows
        else {},
        sums={name: total for name, total in sums.items() if total is not None},
        newest=newest,
        content=content,
        seconds=0.25,
    )


def _rows_in(connection: duckdb.DuckDBPyConnection, job: Job, partition: str) -> dict[str, int]:
    counted = {}
    for check in job.contract.checks:
        if check.kind == "keeps_rows_of":
            name = (check.parameters or {})["input"]
            given = job.inputs[name]
            assert isinstance(given, LandingInput)
            days = given.days if partition == WHOLE else {partition: given.days[partition]}
            only = LandingInput(given.landing, days)
            counted[name] = _one(connection, f"SELECT count(*) FROM ({_rows(only)})")
    return counted


def _broken(check: Check) -> str | None:
    parameters = check.parameters or {}
    if check.kind == "in_range":
        bounds = {"<": parameters["minimum"], ">": parameters["maximum"]}
        return " OR ".join(
            f"{check.column} {sign} {bound}" for sign, bound in bounds.items() if bound is not None
        )
    if check.kind == "accepted_values":
        return f"NOT list_contains({parameters['values']}, {check.column})"
    return None


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return connection.execute(sql).fetchone()[0]
