"""Fit rows to a contract: cast strictly, and give every row that does not fit its reason."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from spark.contract import WHOLE, Column, Contract
from spark.satellite.casting import cast
from spark.transform_error import TransformError

RESERVED = ("_source", "_rejected", "_dropped")
"""Fields a function may add: where a row comes from, and why it is rejected or left out."""


@dataclass(frozen=True)
class Fitted:
    """A row of one partition: its values in the contract's order, or why there are none.

    `source` and `row` (as JSON, before the casts) are a rejected row's.
    """

    partition: str
    values: Sequence[Any] = ()
    dropped: str | None = None
    rejected: str | None = None
    source: Mapping[str, Any] | None = None
    row: str | None = None


def fit(
    rows: Iterable[Mapping[str, Any]], contract: Contract, partitions: Sequence[str]
) -> Iterator[Fitted]:
    """What becomes of each row. A rejected row is never also dropped."""
    known: set[tuple[str, ...]] = set()
    for row in rows:
        names = _names(row, contract)
        if names not in known:
            _check_columns(names, contract)
            known.add(names)
        yield _fit(row, contract, partitions)


def _names(row: Any, contract: Contract) -> tuple[str, ...]:
    if not isinstance(row, Mapping):
        raise TransformError(f"{contract.key} yielded {type(row).__name__}; yield dicts")
    return tuple(row)


def _check_columns(names: tuple[str, ...], contract: Contract) -> None:
    missing = [name for name in contract.column_names if name not in names]
    unknown = [str(name) for name in names if name not in (*contract.column_names, *RESERVED)]
    for wrong, what, remedy in (
        (missing, "did not return", "return it, or take it out of the declaration"),
        (unknown, "returned", "drop it, or declare it"),
    ):
        if wrong:
            raise TransformError(f"{contract.key} {what} the column {', '.join(wrong)}; {remedy}")


def _fit(row: Mapping[str, Any], contract: Contract, partitions: Sequence[str]) -> Fitted:
    dropped, reason = row.get("_dropped"), row.get("_rejected")
    values = []
    for column in contract.columns:
        given = row[column.name]
        value = None if given is None else cast(given, column)
        reason = reason or _misfit(column, given, value)
        values.append(value)
    source = row.get("_source")
    partition, stray = _place(values, source, contract, partitions)
    if dropped is not None:
        return Fitted(partition, dropped=str(dropped))
    reason = reason or stray
    if reason is None:
        return Fitted(partition, values)
    return Fitted(partition, rejected=str(reason), source=source, row=_as_json(row, contract))


def _misfit(column: Column, given: Any, value: Any) -> str | None:
    """Why a value does not fit. A value itself is never part of the reason."""
    if given is None:
        return None if column.nullable else f"{column.name} is missing"
    if value is None:
        return f"{column.name} is not a {column.type}"
    longest = column.parsed.bytes
    if longest is not None and len(value.encode("utf-8", "replace")) > longest:
        return f"{column.name} is longer than {longest} bytes"
    return None


def _place(
    values: Sequence[Any],
    source: Mapping[str, Any] | None,
    contract: Contract,
    partitions: Sequence[str],
) -> tuple[str, str | None]:
    """The partition of a row, and why it is in none."""
    if contract.partition_by is None:
        return WHOLE, None
    day = values[contract.column_names.index(contract.partition_by)]
    own = None if day is None else day.isoformat()
    landed = (source or {}).get("day") or own
    is_outside = landed not in partitions
    is_stray = is_outside or (own is not None and own != landed)
    stray = f"{contract.partition_by} lies outside the partition" if is_stray else None
    return partitions[0] if is_outside or landed is None else landed, stray


def _as_json(row: Mapping[str, Any], contract: Contract) -> str:
    given = {name: row[name] for name in contract.column_names if row[name] is not None}
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else _number(value)


def _number(value: Any) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)
