"""What a release leaves to be done, and to be said of what it cost."""

from collections.abc import Iterator, Mapping
from typing import Any

from seniorlink_assets.warehouses.base import live_table
from seniorlink_assets.warehouses.redshift.sql import literal
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Session, Tag
from spark.contract import Contract

_MICROSECONDS = 1_000_000


def after_release(session: Session, contract: Contract, *, vacuum: bool) -> list[str]:
    """Has what was released sorted, if that is wanted, and analyzed; a sentence for each failure.

    Readers see the release already, so nothing here can fail it.
    """
    warnings = []
    for statement in _upkeep(contract, vacuum=vacuum):
        try:
            session.execute(statement)
        except RedshiftFailed as error:
            warnings.append(f"{statement} was not done after the release: {error}")
    return warnings


def load_figures(session: Session, tag: Tag, rpus: int | None = None) -> Mapping[str, Any]:
    """What a run has had Redshift do for an asset until now, as far as the system views tell.

    A workgroup is billed by the minute for all that runs in it, and only superusers see that. Of
    one load its base capacity, `rpus`, tells what it would be billed if nothing else ran.
    """
    told: dict[str, Any] = {"query group": tag.query_group}
    try:
        ((elapsed, queued, rows, size),) = session.rows(
            "SELECT sum(q.elapsed_time), sum(q.queue_time), sum(l.loaded_rows), "  # noqa: S608
            "sum(l.loaded_bytes) FROM sys_query_history q "
            "LEFT JOIN sys_load_history l ON l.query_id = q.query_id "
            f"WHERE q.query_label = {literal(tag.query_group)}"
        )
    except RedshiftFailed:
        return told
    if elapsed is not None:
        seconds = int(elapsed) / _MICROSECONDS
        told["seconds in Redshift"] = round(seconds, 3)
        told["seconds in Redshift's queue"] = round(int(queued or 0) / _MICROSECONDS, 3)
        if rpus:
            told["RPU-seconds at base capacity"] = round(seconds * rpus, 1)
    if rows is not None:
        told |= {"rows copied": int(rows), "bytes copied": int(size or 0)}
    return told


def _upkeep(contract: Contract, *, vacuum: bool) -> Iterator[str]:
    """COPY into an empty table leaves it sorted and analyzed; what is inserted later is neither.

    VACUUM passes over a table that is sorted, ANALYZE over one of which little has changed.
    """
    is_inserted = contract.partition_by or any(one.type == "super" for one in contract.columns)
    if vacuum and contract.partition_by:
        yield f"VACUUM FULL {live_table(contract)}"
    if is_inserted:
        yield f"ANALYZE {live_table(contract)} PREDICATE COLUMNS"
