"""One pass over the files as they were written: counts, sums and every check at once."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, localcontext
from functools import reduce
from hashlib import sha256
from operator import xor
from typing import Any

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from spark.contract import Check, Contract
from spark.found import Found

_UNIQUE = "primary_key_is_unique"
_KEYS = 20_000
"""The hashes of about so many keys are collected at once."""


def examine(written: DataFrame, contract: Contract, rows: int) -> Mapping[str, Found]:
    """What each partition of `written` (the contract's columns and `_partition`) holds.

    `rows` is how many the largest has, more or less.
    """
    key = F.xxhash64(*contract.primary_key)
    groups = written.groupBy("_partition", F.pmod(key, F.lit(1 + rows // _KEYS)))
    parts: dict[str, list[Row]] = defaultdict(list)
    for part in groups.agg(F.size(F.collect_set(key)).alias("keys"), *_metrics(contract)).collect():
        parts[part["_partition"]].append(part)
    found = {partition: _found(of_one, contract) for partition, of_one in parts.items()}
    # Keys whose hashes all differ are unique; where two are equal, only the keys themselves tell.
    suspect = [partition for partition, seen in found.items() if seen.violations[_UNIQUE]]
    if suspect:
        exact = written.where(F.col("_partition").isin(suspect)).groupBy("_partition")
        for row in exact.agg(F.count_distinct(F.struct(*contract.primary_key))).collect():
            partition, keys = row
            seen = found[partition]
            violations = {**seen.violations, _UNIQUE: seen.rows - keys}
            found[partition] = replace(seen, violations=violations)
    return found


def _metrics(contract: Contract) -> list[Column]:
    newest, row = contract.dated_by, _hash(contract)
    return [
        F.count("*").alias("rows"),
        *_sum("content", row),
        F.bit_xor(row).alias("xor"),
        *([_newest(contract, newest)] if newest else []),
        *(F.count_if(rows).alias(f"check:{name}") for name, rows in _violations(contract).items()),
        *(F.count(column).alias(f"present:{column}") for column in _mostly_present(contract)),
        *(total for name in _summed(contract) for total in _total(contract, name)),
    ]


def _found(parts: list[Row], contract: Contract) -> Found:
    rows = _added(parts, "rows")
    sums = {name: _added(parts, f"sum:{name}") for name in _summed(contract)}
    # Depends on every row and on how often each occurs, but not on their order.
    content = f"{_added(parts, 'content')} {reduce(xor, (part['xor'] for part in parts))} {rows}"
    return Found(
        rows=rows,
        violations={
            _UNIQUE: rows - _added(parts, "keys"),
            **{name: _added(parts, f"check:{name}") for name in _violations(contract)},
        },
        present={
            column: _added(parts, f"present:{column}") for column in _mostly_present(contract)
        },
        sums={name: f"{Decimal(total):f}" for name, total in sums.items() if total is not None},
        newest=max(part["newest"] for part in parts)[1] if contract.dated_by else None,
        content=sha256(content.encode()).hexdigest()[:16],
    )


def _hash(contract: Contract) -> Column:
    # xxhash64 passes over NULLs, so that (NULL, 1) and (1, NULL) would be the same.
    absent = [F.isnull(column.name) for column in contract.columns if column.nullable]
    return F.xxhash64(*contract.column_names, *absent)


def _newest(contract: Contract, name: str) -> Column:
    newest = F.max(name)
    number = F.unix_date if contract.column(name).type == "date" else F.unix_micros
    return F.struct(F.coalesce(number(newest), F.lit(-(1 << 63))), newest.cast("string")).alias(
        "newest"
    )


def _summed(contract: Contract) -> list[str]:
    return [column.name for column in contract.columns if column.parsed.is_number]


def _total(contract: Contract, name: str) -> list[Column]:
    parsed = contract.column(name).parsed
    if parsed.scale is None:
        return _sum(f"sum:{name}", F.col(name))
    return [F.sum(F.col(name).cast(f"decimal(38,{parsed.scale})")).alias(f"sum:{name}")]


def _sum(name: str, number: Column) -> list[Column]:
    """The sum in two halves: a bigint could overflow, and a decimal takes many times as long."""
    whole = number.cast("bigint")
    return [
        F.sum(F.shiftright(whole, 32)).alias(f"{name}:high"),
        F.sum(whole.bitwiseAND(0xFFFFFFFF)).alias(name),
    ]


def _added(parts: list[Row], name: str) -> Any:
    """The sum of a metric over the parts that have it; None if none has."""
    given = [part for part in parts if part[name] is not None]
    if not given:
        return None
    if f"{name}:high" in given[0]:
        return sum((part[f"{name}:high"] << 32) + part[name] for part in given)
    with localcontext(prec=76):
        return sum(part[name] for part in given)


def _mostly_present(contract: Contract) -> list[str]:
    checks = (check for check in contract.checks if check.kind == "mostly_present")
    return [check.column for check in checks if check.column]


def _violations(contract: Contract) -> Mapping[str, Column]:
    """Which rows break a check, by its name; checks that rows alone do not decide are left out."""
    return {
        check.name: rows for check in contract.all_checks if (rows := _violation(check)) is not None
    }


def _violation(check: Check) -> Column | None:
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
