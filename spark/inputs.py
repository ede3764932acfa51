"""Bind a job's inputs to DataFrames by name, counting those whose rows must be accounted for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark.contract import WHOLE, Contract
from spark.contract.job import Job, LandingInput, SnapshotInput
from spark.counting import Counts
from spark.landing import place_of, read_landing
from spark.lines import greatest
from spark.once import Once
from spark.transform_error import TransformError

MOST_PLACES = 5_000
"""So many malformed lines of an input are found again by their places, without parsing the rest."""

_PLACES = "places"


@dataclass
class Inputs:
    """What the transform gets (`frames`), and what is known once an action has run over it.

    `counts` has "rows" of each input in `reconciled` and of every landing input, and "malformed" of
    the latter.
    """

    session: SparkSession
    frames: dict[str, DataFrame] = field(default_factory=dict)
    landed: dict[str, LandingInput] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)
    reconciled: frozenset[str] = frozenset()

    def rows(self, computed: Once) -> Mapping[str, Mapping[str, int]]:
        """The rows that each reconciled input gave, by partition."""
        return {name: self.counts[name].get(computed)["rows"] for name in self.reconciled}

    def malformed(self, computed: Once) -> Mapping[str, int]:
        """Malformed landing lines by partition."""
        total: dict[str, int] = {}
        for counts in self.counts.values():
            for partition, lines in counts.get(computed).get("malformed", {}).items():
                total[partition] = total.get(partition, 0) + lines
        return total

    def landed_again(self, computed: Once) -> list[DataFrame]:
        """Each landing input that has malformed lines, with at least those lines."""
        frames = []
        for name, given in self.landed.items():
            lines = sum(self.counts[name].get(computed)["malformed"].values())
            places = self.counts[name].observed(computed)[_PLACES] if lines <= MOST_PLACES else None
            if lines:
                frames.append(read_landing(self.session, given, places))
        return frames


def bind(session: SparkSession, job: Job) -> Inputs:
    """The inputs of `job`, read lazily."""
    reconciled = job.contract.reconciled_inputs
    inputs = Inputs(session, reconciled=reconciled)
    for name, given in job.inputs.items():
        if isinstance(given, LandingInput):
            malformed = F.col("_malformed").isNotNull()
            place = F.when(malformed, place_of())
            counts = Counts(
                job.partitions,
                F.col("_source.day"),
                {_PLACES: greatest(place, MOST_PLACES)},
                rows=~malformed,
                malformed=malformed,
            )
            inputs.counts[name] = counts
            inputs.landed[name] = given
            lines = counts.observe(read_landing(session, given))
            frame = lines.where(~malformed).drop("_malformed", "_line")
        else:
            frame = _read_snapshots(session, given)
            if name in reconciled:
                day = _day(job, name, given)
                inputs.counts[name] = Counts(job.partitions, day, rows=F.lit(True))
                frame = inputs.counts[name].observe(frame)
        inputs.frames[name] = frame
    return inputs


def schema_of(contract: Contract) -> str:
    """A contract's columns as Spark writes a schema."""
    return ", ".join(f"`{column.name}` {column.parsed.spark}" for column in contract.columns)


def _read_snapshots(session: SparkSession, given: SnapshotInput) -> DataFrame:
    if given.files:
        return session.read.schema(schema_of(given.contract)).parquet(*given.files)
    return session.range(0).select(
        *(
            F.lit(None).cast(column.parsed.spark).alias(column.name)
            for column in given.contract.columns
        )
    )


def _day(job: Job, name: str, given: SnapshotInput):
    if job.partitions == [WHOLE]:
        return F.lit(WHOLE)
    if given.contract.partition_by is None:
        raise TransformError(
            f"checks: keeps_rows_of({name!r}) cannot be kept by day, for {name} has no days"
        )
    return F.col(given.contract.partition_by).cast("string")
