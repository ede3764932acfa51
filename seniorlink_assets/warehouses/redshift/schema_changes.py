"""What is different between a table in Redshift and its contract."""

import re
from collections.abc import Iterator, Sequence

from seniorlink_assets.schema_change import SchemaChange
from seniorlink_assets.warehouses.redshift.ddl import column_ddl, encoding, sort_key
from seniorlink_assets.warehouses.redshift.live import LiveColumn
from seniorlink_assets.warehouses.redshift.sql import quoted
from spark.contract import Column, Contract

_INTEGERS = ("smallint", "integer", "bigint")
_SIZES = re.compile(r"(varchar|decimal)\((\d+)(?:,(\d+))?\)")
_FIXED = ("bytedict", "runlength", "text255", "text32k")
"""Encodings of columns that Redshift does not make longer."""


def schema_changes(contract: Contract, live: Sequence[LiveColumn]) -> list[SchemaChange]:
    """All there are, in the order in which their statements are run; none if there is no table."""
    if not live:
        return []
    there = {column.name: column for column in live}
    found = []
    for column in contract.columns:
        if column.name not in there:
            found.append(_added(column, contract))
        else:
            found += _changed(column, there[column.name], contract)
    found += [
        SchemaChange("breaking", f"the column {column.name} ({column.type}) is dropped")
        for column in live
        if column.name not in contract.column_names
    ]
    return [*found, *_physical(contract, live)]


def _added(column: Column, contract: Contract) -> SchemaChange:
    sentence = f"the column {column.name} ({column.type}) is added"
    # ADD COLUMN makes no column of a key, and NOT NULL only for a table without rows.
    keys = (*contract.primary_key, *contract.sort_by, contract.distribute_by)
    if not column.nullable or column.name in keys:
        return SchemaChange("additive", sentence)
    return SchemaChange(
        "additive", sentence, (f"{_alter(contract)} ADD COLUMN {column_ddl(column, contract)}",)
    )


def _changed(column: Column, live: LiveColumn, contract: Contract) -> Iterator[SchemaChange]:
    was, is_ = live.type, column.type.replace(" ", "") if "(" in column.type else column.type
    if was != is_ and _holds_all(is_, was):
        yield SchemaChange(
            "widening",
            f"the column {column.name} is widened from {was} to {is_}",
            _widened(column, live, contract),
        )
    elif was != is_:
        yield SchemaChange("breaking", f"the column {column.name} changes from {was} to {is_}")
    if live.nullable and not column.nullable:
        yield SchemaChange("breaking", f"the column {column.name} ({is_}) becomes NOT NULL")
    elif column.nullable and live.nullable is False:
        yield SchemaChange("widening", f"the column {column.name} ({is_}) may be NULL")


def _holds_all(wide: str, narrow: str) -> bool:
    """Whether every value of one type is one of the other."""
    if wide in _INTEGERS and narrow in _INTEGERS:
        return _INTEGERS.index(wide) > _INTEGERS.index(narrow)
    one, other = _SIZES.fullmatch(wide), _SIZES.fullmatch(narrow)
    if one is None or other is None or one[1] != other[1]:
        return False
    size, scale = int(one[2]), int(one[3] or 0)
    least, finest = int(other[2]), int(other[3] or 0)
    return scale >= finest and size - scale >= least - finest


def _widened(column: Column, live: LiveColumn, contract: Contract) -> tuple[str, ...]:
    """Redshift makes nothing wider but text, and no text that is a key."""
    is_text = column.type.startswith("varchar")
    if not is_text or live.encode in _FIXED or column.name in contract.primary_key:
        return ()
    return (f"{_alter(contract)} ALTER COLUMN {quoted(column.name)} TYPE {column.type}",)


def _physical(contract: Contract, live: Sequence[LiveColumn]) -> Iterator[SchemaChange]:
    if not all(column.encode for column in live):
        return
    was_interleaved = any(column.interleaved for column in live)
    by = next((column.name for column in live if column.distributes), None)
    # AUTO may well have chosen a column; of EVEN and ALL the columns do not tell.
    if contract.distribute_by != by and (contract.distribute_by or contract.distribute != "auto"):
        now = contract.distribute_by or contract.distribute
        yield SchemaChange(
            "physical",
            f"rows are distributed by {now}, and no more by {by or 'no column'}",
            () if was_interleaved else (f"{_alter(contract)} ALTER {_distribution(contract)}",),
        )
    yield from _sorted(contract, live, was_interleaved)
    for column in live:
        if column.name not in contract.column_names:
            continue
        wanted = encoding(contract.column(column.name), contract)
        if column.encode != wanted:
            yield SchemaChange(
                "physical",
                f"the column {column.name} is encoded as {wanted}, and no more as {column.encode}",
                ()
                if was_interleaved
                else (f"{_alter(contract)} ALTER COLUMN {quoted(column.name)} ENCODE {wanted}",),
            )


def _sorted(
    contract: Contract, live: Sequence[LiveColumn], was_interleaved: bool
) -> Iterator[SchemaChange]:
    by_place = sorted((column for column in live if column.sort), key=lambda column: column.sort)
    was = tuple(column.name for column in by_place)
    # Without a sort key Redshift chooses one, which is then no difference.
    if not contract.sort_by or (was, was_interleaved) == (contract.sort_by, contract.interleaved):
        return
    can_be_altered = not (was_interleaved or contract.interleaved)
    style = "interleaved by" if contract.interleaved else "sorted by"
    yield SchemaChange(
        "physical",
        f"rows are {style} {', '.join(contract.sort_by)}, and no more by "
        f"{', '.join(was) or 'no column'}",
        (f"{_alter(contract)} ALTER {sort_key(contract)}",) if can_be_altered else (),
    )


def _distribution(contract: Contract) -> str:
    """As ALTER TABLE writes it, which is otherwise than CREATE TABLE."""
    if contract.distribute_by:
        return f"DISTKEY {quoted(contract.distribute_by)}"
    return f"DISTSTYLE {contract.distribute.upper()}"


def _alter(contract: Contract) -> str:
    return f"ALTER TABLE {quoted(contract.schema)}.{quoted(contract.name)}"
