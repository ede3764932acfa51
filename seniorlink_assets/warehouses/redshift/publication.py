"""Decide how staged rows become the live ones, and have it done in one commit."""

from collections.abc import Sequence

from seniorlink_assets.destination import DestinationError
from seniorlink_assets.schema_change import cannot_stay
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.redshift.granted import granted
from seniorlink_assets.warehouses.redshift.live import live_columns
from seniorlink_assets.warehouses.redshift.names import Name, Names
from seniorlink_assets.warehouses.redshift.schema_changes import schema_changes
from seniorlink_assets.warehouses.redshift.state import Releases, binding_views
from seniorlink_assets.warehouses.redshift.swap import GUARD, swap
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Session
from spark.contract import WHOLE, Contract


def commit(
    session: Session,
    names: Names,
    snapshots: Sequence[Snapshot],
    run_id: str,
    there: frozenset[Name],
    now: Releases,
) -> None:
    """Publishes what is staged, if `now` is still what is released; else it is a conflict.

    The staging table takes the place of the live one, unless that has other partitions too or is
    held by views: then it stays and gets other rows.
    """
    contract, has_live = names.contract, names.live in there
    days = {snapshot.partition for snapshot in snapshots}
    is_whole = contract.partition_by is None or now.versions.keys() <= {*days, WHOLE}
    views = binding_views(session, names.live) if has_live and is_whole else []
    stays = bool(views) or not is_whole
    if stays:
        _fit(session, contract, views, len(now.versions))
    statements = swap(
        names,
        snapshots,
        run_id,
        newest=now.newest,
        is_whole=is_whole,
        stays=stays,
        has_rejects=names.staged_rejects in there,
        granted=granted(session, names.live) if has_live and not stays else [],
    )
    try:
        session.transaction(statements)
    except RedshiftFailed as failed:
        if failed.statement != GUARD or failed.trouble != "wrong":
            raise
        raise RedshiftFailed(
            f"Another run has released {contract.key} meanwhile; materialize it again",
            trouble="conflict",
        ) from failed


def _fit(session: Session, contract: Contract, views: Sequence[str], partitions: int) -> None:
    """Changes the live table to what the contract says, as far as that can be done."""
    changes = schema_changes(contract, live_columns(session, [contract])[contract.key])
    for change in changes:
        if change.needs_swap and views:
            raise DestinationError(
                f"{contract.key}: {change.sentence}, which takes a new table, but this one is held "
                f"by {', '.join(views)}; drop it, or make it a view WITH NO SCHEMA BINDING"
            )
        if change.needs_swap:
            raise DestinationError(cannot_stay(contract.key, change, partitions))
    for change in changes:
        for statement in change.statements:
            session.execute(statement)
