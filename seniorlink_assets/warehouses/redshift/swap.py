# ruff: noqa: S608 - names come from contracts
"""The one transaction that makes staged rows the live ones, as a list of statements."""

from collections.abc import Iterator, Sequence

from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.redshift.ddl import REJECTS
from seniorlink_assets.warehouses.redshift.names import Names, place
from seniorlink_assets.warehouses.redshift.objects import grants, views
from seniorlink_assets.warehouses.redshift.sql import listed, literal, quoted

LOCK_WAIT = 20_000
"""Milliseconds to wait for those who read or write what is to be replaced; then all wait again
for their turn, and nobody stands in a queue behind us meanwhile."""

_NO_LIMIT = "SET LOCAL statement_timeout TO DEFAULT"
"""Once all locks are there."""

GUARD = 2
"""The statement that fails if another release came between the decision and the transaction."""

_ROWS = 300
"""Rows of an INSERT: the Data API takes statements of 100 KB."""


def swap(
    names: Names,
    snapshots: Sequence[Snapshot],
    run_id: str,
    *,
    newest: int,
    is_whole: bool,
    stays: bool,
    has_rejects: bool,
    granted: Sequence[str],
) -> list[str]:
    """All of it, in the same order whichever way rows are replaced.

    `newest` is the release on which the decision is based. If the live table `stays`, it gets other
    rows; else the staging table takes its place, with what was `granted` on it.
    """
    releases = place(names.releases)
    return [
        f"SET LOCAL statement_timeout TO {LOCK_WAIT}",
        # Before anything is read: what a transaction sees is decided by its first question.
        f"LOCK {releases}",
        f"SELECT 1 / CASE WHEN coalesce(max(release_id), 0) = {newest} THEN 1 ELSE 0 END "
        f"FROM {releases}",
        *(_other_rows(names, snapshots, is_whole) if stays else _other_table(names)),
        *views(names.contract),
        *([] if stays else granted),
        *grants(names.contract),
        *_rejects(names, snapshots, is_whole, has_rejects),
        *_release(names, snapshots, run_id, newest + 1, is_whole),
    ]


def _other_table(names: Names) -> list[str]:
    return [
        f"DROP TABLE IF EXISTS {place(names.live)}",
        f"ALTER TABLE {place(names.staging)} RENAME TO {quoted(names.live[1])}",
        _NO_LIMIT,
    ]


def _other_rows(names: Names, snapshots: Sequence[Snapshot], is_whole: bool) -> list[str]:
    contract, live = names.contract, place(names.live)
    columns = ", ".join(map(quoted, contract.column_names))
    days = ", ".join(f"DATE {literal(snapshot.partition)}" for snapshot in snapshots)
    those = "" if is_whole else f" WHERE {quoted(contract.partition_by or '')} IN ({days})"
    return [
        _NO_LIMIT,
        f"DELETE FROM {live}{those}",
        f"INSERT INTO {live} ({columns}) SELECT {columns} FROM {place(names.staging)}",
        f"DROP TABLE {place(names.staging)}",
    ]


def _rejects(
    names: Names, snapshots: Sequence[Snapshot], is_whole: bool, has_rejects: bool
) -> Iterator[str]:
    rejects, staged = place(names.rejects), place(names.staged_rejects)
    partitions = listed([snapshot.partition for snapshot in snapshots])
    those = "" if is_whole else f' WHERE "partition" IN ({partitions})'
    yield f"DELETE FROM {rejects}{those}"
    if has_rejects:
        columns = ", ".join(quoted(column.name) for column in REJECTS)
        yield f"INSERT INTO {rejects} ({columns}) SELECT {columns} FROM {staged}"
        yield f"DROP TABLE {staged}"


def _release(
    names: Names, snapshots: Sequence[Snapshot], run_id: str, number: int, is_whole: bool
) -> Iterator[str]:
    for first in range(0, len(snapshots), _ROWS):
        rows = ", ".join(
            f"({number}, {literal(snapshot.partition)}, {literal(snapshot.version)}, "
            f"{literal(snapshot.place)}, {snapshot.manifest.rows}, {snapshot.manifest.rejects}, "
            f"{literal(run_id)}, {literal(names.token)}, GETDATE(), {literal(is_whole)})"
            for snapshot in snapshots[first : first + _ROWS]
        )
        yield (
            f'INSERT INTO {place(names.releases)} (release_id, "partition", version, manifest, '
            f'"rows", rejects, run_id, token, released_at, is_whole) VALUES {rows}'
        )
