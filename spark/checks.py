"""One pass over the files as they were written: counts, sums and every check at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark.contract import Check, Contract


@dataclass(frozen=True)
class Found:
    """What one partition holds; see the fields of the same names in Manifest."""

    rows: int
    violations: Mapping[str, int]
    present: Mapping[str, int]
    sums: Mapping[str, str]
    newest: str | None
    content: str


NOTHING = Found(rows=0, violations={}, present={}, sums={}, newest=None, content="")


def examine(written: DataFrame, contract: Contract) -> Mapping[str, Found]:
    """What each partition of `written` (the contract's columns and `_partition`) holds."""
    counted = {
        check.name: violation
        for check in contract.all_checks
        if (violation := _violations(check)) is not None
    }
    present = [check.column for check in contract.checks if check.kind == "mostly_present"]
    summed = [column.name for column in contract.columns if column.parsed.is_number]
    newest = contract.dated_by
    keys = F.count_distinct(F.struct(*contract.primary_key))
    aggregates = [
        F.count("*").alias("rows"),
        keys.alias("keys"),
        _content(contract).alias("content"),
        (F.max(newest).cast("string") if newest else F.lit(None)).alias("newest"),
        *(F.count_if(violation).alias(f"check:{name}") for name, violation in counted.items()),
        *(F.count(column).alias(f"present:{column}") for column in present if column),
        *(_total(contract, name).alias(f"sum:{name}") for name in summed),
    ]
    return {
        row["_partition"]: Found(
            rows=row["rows"],
            violations={
                "primary_key_is_unique": row["rows"] - row["keys"],
                **{name: row[f"check:{name}"] for name in counted},
            },
            present={column: row[f"present:{column}"] for column in present if column},
            sums={
                name: f"{row[f'sum:{name}']:f}" for name in summed if row[f"sum:{name}"] is not None
            },
            newest=row["newest"],
            content=row["content"],
        )
        for row in written.groupBy("_partition").agg(*aggregates).collect()
    }


def _content(contract: Contract) -> Column:
    """A hash of the rows that does not depend on their order but does on how often each occurs."""
    # xxhash64 passes over NULLs, so that (NULL, 1) and (1, NULL) would be the same.
    absent = [F.isnull(column.name) for column in contract.columns if column.nullable]
    row = F.xxhash64(*contract.column_names, *absent)
    total = F.sum(row.cast("decimal(38,0)")).cast("string")
    return F.substring(F.sha2(F.concat_ws(" ", total, F.bit_xor(row), F.count("*")), 256), 1, 16)


def _total(contract: Contract, name: str) -> Column:
    return F.sum(F.col(name).cast(f"decimal(38,{contract.column(name).parsed.scale or 0})"))


def _violations(check: Check) -> Column | None:
    """Which rows break a check; None if rows alone do not decide it."""
    if check.column is None:
        return None
    value, parameters = F.col(check.column), check.parameters or {}
    if check.kind == "accepted_values":
        return ~value.isin(parameters["values"])
    if check.kind == "in_range":
        low, high = parameters["minimum"], parameters["maximum"]
        below = value < F.lit(low) if low is not None else F.lit(False)
        above = value > F.lit(high) if high is not None else F.lit(False)
        return below | above
    return None
