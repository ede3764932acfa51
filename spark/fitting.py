"""Fit rows to a contract: cast strictly, and give every row that does not fit its reason."""

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark.contract import WHOLE, Column, Contract
from spark.landing import SOURCE
from spark.transform_error import TransformError

RESERVED = ("_source", "_rejected", "_dropped")
"""Columns a job may add: where a row comes from, and why it is rejected or left out."""


def fit(frame: DataFrame, contract: Contract, partitions: list[str]) -> DataFrame:
    """The contract's columns in its order and types, plus what became of each row.

    Adds `_partition`, `_rejected` and `_dropped` (reasons, or NULL), and of a rejected row also
    `_source` and `_row` (as JSON, before the casts). A rejected row is never also dropped.
    """
    _check_columns(frame, contract)
    given = dict(frame.dtypes)
    source = F.col("_source") if "_source" in given else F.lit(None).cast(SOURCE)
    names = [F.col(f"`{name}`") for name in contract.column_names]
    raw = frame.select(
        *names,
        source.alias("_source"),
        *(
            (F.col(name) if name in given else F.lit(None)).cast("string").alias(name)
            for name in ("_rejected", "_dropped")
        ),
    )
    cast = raw.select(
        *(
            F.expr(_cast(column, given[column.name])).alias(column.name)
            for column in contract.columns
        ),
        F.struct(*names).alias("_given"),
        "_source",
        "_dropped",
        F.coalesce(
            "_rejected", *(_misfit(column, given[column.name]) for column in contract.columns)
        ).alias("_rejected"),
    )
    placed = _place(cast, contract, partitions)
    judged = placed.withColumn("_rejected", F.when(F.col("_dropped").isNull(), F.col("_rejected")))
    return judged.select(
        *contract.column_names,
        "_partition",
        "_dropped",
        "_rejected",
        _of_rejected(F.col("_source")).alias("_source"),
        _of_rejected(F.to_json("_given")).alias("_row"),
    )


def _of_rejected(value: SparkColumn) -> SparkColumn:
    return F.when(F.col("_rejected").isNotNull(), value)


def _check_columns(frame: DataFrame, contract: Contract) -> None:
    returned = frame.columns
    missing = [name for name in contract.column_names if name not in returned]
    unknown = [name for name in returned if name not in (*contract.column_names, *RESERVED)]
    twice = sorted({name for name in returned if returned.count(name) > 1})
    for names, what, remedy in (
        (missing, "did not return", "return it, or take it out of the declaration"),
        (unknown, "returned", "drop it, or declare it"),
        (twice, "returned twice", "keep one"),
    ):
        if names:
            raise TransformError(f"{contract.key} {what} the column {', '.join(names)}; {remedy}")


def _cast(column: Column, given: str) -> str:
    if column.type == "super":
        return f"{'to_json' if _is_nested(given) else 'string'}(`{column.name}`)"
    return f"try_cast(`{column.name}` AS {column.parsed.spark})"


def _misfit(column: Column, given: str) -> SparkColumn:
    """Why a value does not fit, or NULL. A value itself is never part of the reason."""
    name, parsed = f"`{column.name}`", column.parsed
    cast = _cast(column, given)
    reasons = F.when(
        F.expr(f"{name} IS NOT NULL AND ({cast} IS NULL OR {_inexact(column, given, cast)})"),
        f"{column.name} is not a {column.type}",
    )
    if parsed.bytes is not None:
        reasons = reasons.when(
            F.expr(f"octet_length({cast}) > {parsed.bytes}"),
            f"{column.name} is longer than {parsed.bytes} bytes",
        )
    if not column.nullable:
        reasons = reasons.when(F.expr(f"{name} IS NULL"), f"{column.name} is missing")
    return reasons


def _inexact(column: Column, given: str, cast: str) -> str:
    """When a cast succeeds but loses something that was written in the value."""
    name, target = f"`{column.name}`", column.parsed.spark
    if target in ("smallint", "int", "bigint") and given.startswith(("float", "double", "decimal")):
        return f"{cast} <> {name}"
    if target.startswith("decimal") and given == "string":
        scale = column.parsed.scale
        plain = f"{name} RLIKE r'^\\s*[+-]?\\d*(\\.\\d{{0,{scale}}}0*)?\\s*$'"
        exact = f"try_cast({name} AS decimal(38, 18)) <=> {cast}"
        return f"NOT ({plain} OR ({name} RLIKE '[eE]' AND {exact}))"
    if target == "date" and given == "string":
        return f"NOT {name} RLIKE r'^\\s*\\d{{4}}-\\d{{2}}-\\d{{2}}\\s*$'"
    if target == "timestamp" and given == "string":
        # Spark gives a time without a date the day it is cast on.
        return f"NOT {name} RLIKE r'^\\s*\\d{{4}}-\\d{{2}}-\\d{{2}}'"
    if column.type == "super" and not _is_nested(given):
        # The one refuses what is not quite JSON, the other what follows the first value.
        return (
            f"try_parse_json({cast}) IS NULL OR NOT json_array_length('[' || {cast} || ']') <=> 1"
        )
    return "false"


def _is_nested(given: str) -> bool:
    return given.startswith(("array", "struct", "map", "variant"))


def _place(frame: DataFrame, contract: Contract, partitions: list[str]) -> DataFrame:
    if contract.partition_by is None:
        return frame.withColumn("_partition", F.lit(WHOLE))
    own = F.col(contract.partition_by).cast("string")
    landed = F.coalesce(F.col("_source.day"), own)
    outside = ~landed.isin(partitions) | landed.isNull()
    stray = F.when((own != landed) | outside, f"{contract.partition_by} lies outside the partition")
    return frame.withColumn("_rejected", F.coalesce("_rejected", stray)).withColumn(
        "_partition", F.when(outside, partitions[0]).otherwise(landed)
    )
