"""The baseline: one Spark application that computes the whole catalogue, one table after another.

What it does: it reads the landing files of all days with the project's own reader, calls the same
transforms from the same bytecode, the satellites' functions in its own process, casts to the
contracts with the project's own fit(), leaves out what does not fit, writes Parquet (daily tables a
folder a day), reads its inputs back from there, and loads every table into DuckDB and every extract
into a .hyper file with the engine's own bulk statement. It has one JVM, started as a fresh job's is
but with both compilers and twice the heap, which ends before the loads begin so as not to need its
memory for them.

What it does not do: Dagster is not even imported; it runs no checks, counts nothing, hashes
nothing, keeps no rejects, no manifests and no history, reconciles nothing after a load, sorts
nothing before it writes, and overwrites what readers may be looking at.

`python -m assets_tests.bench.monolith PLAN LANDING OUT` computes all days, which is what a nightly
batch does. A fourth word, a day, makes it an incremental one: in an OUT that holds the days
before, daily tables get that day and nothing else is recomputed of them.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from assets_tests.bench.monolith_loads import build_extracts, load_tables
from assets_tests.bench.monolith_satellites import compute_satellite
from spark.contract import WHOLE, Contract, LandingSet
from spark.contract.job import Job, LandingInput, SnapshotInput
from spark.fitting import fit
from spark.gateway import start_gateway
from spark.inputs import schema_of
from spark.landing import READ_CONF, read_landing
from spark.session import start_session
from spark.transform import transform

SPARK = Path(__file__).parents[2] / "spark"


@dataclass(frozen=True)
class Monolith:
    """One run: what to compute, where from, where to; `day` if it is only about one."""

    plan: Mapping[str, Any]
    landing: Path
    out: Path
    day: str | None
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        started = time.monotonic()
        self.out.mkdir(parents=True, exist_ok=True)
        os.environ.update(self.plan["variables"])
        jvm = Job.from_json(self.plan["jvm"]).jvm
        gateway = start_gateway(jvm, self.out)
        gateway.connect()
        session = start_session("monolith", self.plan["conf"])
        self.seconds["start"] = time.monotonic() - started
        contracts = []
        for table in self.plan["tables"]:
            contracts.append(Contract.from_json(table["contract"]))
            self._timed(contracts[-1].key, self._compute, session, contracts[-1], table)
        session.stop()
        gateway.process.stdin.close()
        gateway.process.wait()
        tables = [contract for contract in contracts if contract.kind != "extract"]
        extracts = [contract for contract in contracts if contract.kind == "extract"]
        self._timed("DuckDB", load_tables, self.out, tables, self.day)
        self._timed(".hyper", build_extracts, self.out, extracts)
        self.seconds["all"] = time.monotonic() - started
        shown = {what: round(seconds, 2) for what, seconds in self.seconds.items()}
        (self.out / "seconds.json").write_text(json.dumps(shown, indent=1))

    def _timed(self, what: str, call: Any, *given: Any) -> None:
        started = time.monotonic()
        call(*given)
        self.seconds[what] = time.monotonic() - started

    def _compute(self, session: SparkSession, contract: Contract, table: Mapping[str, Any]) -> None:
        is_daily = contract.partition_by is not None
        day = self.day if is_daily else None
        if table["satellite"]:
            self._compute_without_spark(contract, table, day)
            return
        inputs, days = {}, set()
        for name, given in table["inputs"].items():
            if "landing" in given:
                landed = self._landed(LandingSet.from_json(given["landing"]), day)
                days |= landed.days.keys()
                rows = read_landing(session, landed).where("_malformed IS NULL")
                inputs[name] = rows.drop("_malformed", "_line")
            else:
                inputs[name] = self._computed(session, Contract.from_json(given["table"]), day)
        for setting, value in READ_CONF.items():
            if any("landing" in given for given in table["inputs"].values()):
                session.conf.set(setting, value)
            else:
                session.conf.unset(setting)
        partitions = [WHOLE]
        if is_daily:
            partitions = [day] if day else sorted(days) or self._all_days()
        fitted = fit(transform(session, SPARK, contract.key, inputs), contract, partitions)
        kept = fitted.where("_rejected IS NULL AND _dropped IS NULL")
        columns, folder = kept.select(*contract.column_names), self.out / "tables" / contract.key
        if day:
            folder /= f"{contract.partition_by}={day}"
            columns.drop(contract.partition_by).write.mode("overwrite").parquet(str(folder))
        elif is_daily:
            writer = columns.write.mode("overwrite").partitionBy(contract.partition_by)
            writer.parquet(str(folder))
        else:
            columns.write.mode("overwrite").parquet(str(folder))

    def _compute_without_spark(
        self, contract: Contract, table: Mapping[str, Any], day: str | None
    ) -> None:
        inputs: dict[str, LandingInput | SnapshotInput] = {}
        days = {day} if day else set()
        for name, given in table["inputs"].items():
            if "landing" in given:
                inputs[name] = self._landed(LandingSet.from_json(given["landing"]), day)
                continue
            read = Contract.from_json(given["table"])
            chosen = f"{read.partition_by}={day or '*'}/" if read.partition_by else ""
            files = sorted((self.out / "tables" / read.key).glob(f"{chosen}*.parquet"))
            days |= {file.parent.name.partition("=")[2] for file in files if chosen}
            inputs[name] = SnapshotInput(read, {WHOLE: tuple(map(str, files))})
        partitions = sorted(days) if contract.partition_by else [WHOLE]
        compute_satellite(SPARK, contract, inputs, partitions, self.out / "tables" / contract.key)

    def _landed(self, landing: LandingSet, day: str | None) -> LandingInput:
        folder = self.landing.parent / landing.folder
        days = [folder / day] if day else sorted(folder.iterdir())
        return LandingInput(
            landing, {place.name: tuple(map(str, sorted(place.iterdir()))) for place in days}
        )

    def _computed(self, session: SparkSession, contract: Contract, day: str | None) -> DataFrame:
        folder = str(self.out / "tables" / contract.key)
        rows = session.read.schema(schema_of(contract)).parquet(folder)
        if day and contract.partition_by:
            return rows.where(F.col(contract.partition_by) == F.lit(day).cast("date"))
        return rows

    def _all_days(self) -> list[str]:
        return sorted({place.name for place in self.landing.glob("*/*/*")})


if __name__ == "__main__":
    given, landing, out, *day = sys.argv[1:]
    Monolith(
        json.loads(Path(given).read_text(encoding="utf-8")),
        Path(landing),
        Path(out),
        day[0] if day else None,
    ).run()
