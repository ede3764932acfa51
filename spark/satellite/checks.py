"""One pass over a file as it was written: counts, sums and every check at once."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from spark.contract import PRIMARY_KEY_IS_UNIQUE, Check, Column, Contract
from spark.found import Found


def examine(connection: duckdb.DuckDBPyConnection, contract: Contract, file: Path) -> Found:
    """What a file of one partition holds."""
    conditions = _violations(contract)
    present = [check.column for check in contract.checks if check.kind == "mostly_present"]
    summed = [column.name for column in contract.columns if column.parsed.is_number]
    key = ", ".join(f'"{name}"' for name in contract.primary_key)
    dated_by = contract.dated_by
    metrics = [
        "count(*)",
        f"count(DISTINCT row({key}))",
        f"sum({_hash(contract)})",
        f"bit_xor({_hash(contract)})",
        _newest(contract.column(dated_by)) if dated_by else "NULL",
        *(f"count(*) FILTER ({condition})" for condition, _ in conditions.values()),
        *(f'count("{name}")' for name in present),
        *(f'sum("{name}")' for name in summed),
    ]
    parameters = [value for _, values in conditions.values() for value in values]
    ((rows, keys, total, mixed, newest, *counts),) = connection.execute(
        f"SELECT {', '.join(metrics)} FROM read_parquet(?)",  # noqa: S608
        [*parameters, str(file)],
    ).fetchall()
    violations, counts = counts[: len(conditions)], counts[len(conditions) :]
    sums = zip(summed, counts[len(present) :], strict=True)
    return Found(
        rows=rows,
        violations={
            PRIMARY_KEY_IS_UNIQUE.name: rows - keys,
            **dict(zip(conditions, violations, strict=True)),
        },
        present=dict(zip([str(name) for name in present], counts[: len(present)], strict=True)),
        sums={
            name: f"{total:f}" if _has_scale(contract, name) else str(total)
            for name, total in sums
            if total is not None
        },
        newest=_shown(newest),
        # Depends on every row and on how often each occurs, but not on their order.
        content=sha256(f"{total} {mixed} {rows}".encode()).hexdigest()[:16],
    )


def _has_scale(contract: Contract, name: str) -> bool:
    return contract.column(name).parsed.scale is not None


def _hash(contract: Contract) -> str:
    """A number for a row that any version of DuckDB gives it."""
    values = (
        f'epoch_us("{column.name}")::VARCHAR'
        if column.type == "timestamp"
        else f'"{column.name}"::VARCHAR'
        for column in contract.columns
    )
    return f"md5_number_lower(to_json([{', '.join(values)}])::VARCHAR)"


def _newest(column: Column) -> str:
    newest = f'max("{column.name}")'
    return f"epoch_us({newest})" if column.type == "timestamp" else newest


def _shown(newest: date | int | None) -> str | None:
    if not isinstance(newest, int):
        return newest.isoformat() if newest else None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=newest)
    text = moment.replace(tzinfo=None).isoformat(" ")
    return text.rstrip("0") if "." in text else text


def _violations(contract: Contract) -> Mapping[str, tuple[str, list[Any]]]:
    """By check the condition of rows that break it, and its parameters.

    Checks that rows alone do not decide are left out.
    """
    return {
        check.name: condition
        for check in contract.all_checks
        if (condition := _violation(check, contract)) is not None
    }


def _violation(check: Check, contract: Contract) -> tuple[str, list[Any]] | None:
    if check.column is None:
        return None
    name, parameters = f'"{check.column}"', check.parameters or {}
    parsed = contract.column(check.column).parsed
    if check.kind == "accepted_values":
        values = parameters["values"]
        bound = ", ".join(f"CAST(? AS {parsed.duckdb})" for _ in values)
        return (f"{name} NOT IN ({bound})", [*values]) if values else (f"{name} IS NOT NULL", [])
    if check.kind == "in_range":
        kind = "double" if parsed.is_number else parsed.duckdb
        bounds = {"<": parameters["minimum"], ">": parameters["maximum"]}
        given = {sign: bound for sign, bound in bounds.items() if bound is not None}
        return " OR ".join(f"{name} {sign} CAST(? AS {kind})" for sign in given), [*given.values()]
    return None
