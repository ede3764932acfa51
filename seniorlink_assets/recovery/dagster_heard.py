"""What a Dagster instance has heard."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

import dagster as dg
from dagster import DagsterInstance
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecordStatus,
)

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.lake import Published
from seniorlink_assets.recovery.foreground import is_abandoned
from seniorlink_assets.recovery.heard import Heard
from spark.contract import WHOLE


class DagsterHeard(Heard):
    """What an instance remembers, asked once about all tables."""

    def __init__(self, instance: DagsterInstance, home: Path, known: Iterable[Declared]) -> None:
        self._instance, self._home = instance, home
        found = instance.get_asset_records([table.asset_key for table in known])
        self._last = {
            record.asset_entry.asset_key: record.asset_entry.last_materialization_record
            for record in found
        }
        self.is_over = cache(self.is_over)

    def is_over(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        return run is None or run.is_finished or is_abandoned(run, self._home)

    def unheard(self, table: Declared, published: Mapping[str, Published]) -> set[str]:
        last = self._last.get(table.asset_key)
        if last is None:
            return {*published}
        late = {
            part
            for part, pointer in published.items()
            if last.timestamp < datetime.fromisoformat(pointer.published_at).timestamp()
        }
        if WHOLE in published:
            return late
        told = self._instance.get_materialized_partitions(table.asset_key)
        return late | {*published} - {*told}

    def has_failed(self, table: Declared, check: str) -> bool:
        records = self._instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(table.asset_key, check),
            limit=1,
            status={
                AssetCheckExecutionRecordStatus.SUCCEEDED,
                AssetCheckExecutionRecordStatus.FAILED,
            },
        )
        return [record.status for record in records] == [AssetCheckExecutionRecordStatus.FAILED]
