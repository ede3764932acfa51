"""Which tables a run has something to do for; the others it would leave as they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from dagster import DagsterInstance

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.environments import Environment
from seniorlink_assets.lake import LakeError
from seniorlink_assets.landed import LandedError
from seniorlink_assets.materialize import MaterializationError, audit, resolve
from seniorlink_assets.outcome import Outcome
from spark.contract import WHOLE


def outdated(
    known: Iterable[Declared], days: Sequence[str], bound: Environment, instance: DagsterInstance
) -> list[Declared]:
    """The tables of which a run would compute, load or tell Dagster anything, and their readers.

    One that cannot be resolved is among them: its step says why.
    """
    by_key = {table.key: table for table in known}
    found: dict[str, bool] = {}

    def is_outdated(table: Declared) -> bool:
        if table.key not in found:
            read = [by_key[given.key] for given in table.inputs.values() if given.key in by_key]
            found[table.key] = any(is_outdated(given) for given in read) or not _is_up_to_date(
                table, days, bound, instance
            )
        return found[table.key]

    return [table for table in by_key.values() if is_outdated(table)]


def _is_up_to_date(
    table: Declared, days: Sequence[str], bound: Environment, instance: DagsterInstance
) -> bool:
    partitions = list(days) if table.contract.partition_by else [WHOLE]
    outcome = Outcome()
    try:
        resolved = resolve(table, partitions, bound)
        for partition, wanted in resolved.fingerprints.items():
            committed = bound.lake.committed(table.key, partition, wanted)
            published = resolved.published.get(partition)
            if committed is None or published is None or published.place != committed.place:
                return False
            outcome.snapshots[partition] = committed
        audit(table, resolved, outcome)
        live = bound.destination(table.contract).released(table.contract)
    except (MaterializationError, DestinationError, LakeError, LandedError, OSError):
        return False
    # What was fresh at the last run may have aged since.
    aged = [v for v in outcome.verdicts if v.check.kind == "newest_within" and not v.passed]
    if outcome.refused or aged:
        return False
    if any(live.get(part) != snapshot.version for part, snapshot in outcome.snapshots.items()):
        return False
    told = max(resolved.published[partition].published_at for partition in partitions)
    return _is_told(table, partitions, told, instance)


def _is_told(
    table: Declared, partitions: Sequence[str], published_at: str, instance: DagsterInstance
) -> bool:
    """Whether Dagster knows of every partition, and has heard of what was published last."""
    last = instance.get_latest_materialization_event(table.asset_key)
    if last is None or last.timestamp < datetime.fromisoformat(published_at).timestamp():
        return False
    return partitions == [WHOLE] or set(partitions) <= {
        *instance.get_materialized_partitions(table.asset_key)
    }
