"""Dagster's own event log in SQLite, with one transaction for the events of many partitions."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection

_INDEX = "index"


class EventLog(SqliteEventLogStorage):
    """Stores what SqliteEventLogStorage stores, in the same files.

    That opens and commits two databases for every event: six hundred times when ten tables have
    sixty days each.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._batch = _Batch()
        super().__init__(base_dir, inst_data)
        # The thread that stores a batch takes it for both databases.
        self._db_lock = threading.RLock()

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "EventLog":
        return cls(inst_data=inst_data, **config_value)

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Stores all events or, if one of them cannot be stored, none."""
        connections = self._batch.connections
        with ExitStack() as stack:
            try:
                for shard in {*(event.run_id for event in events), _INDEX}:
                    connections[shard] = stack.enter_context(super()._connect(shard))
                for event in events:
                    self.store_event(event)
            finally:
                connections.clear()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard in self._batch.connections:
            yield self._batch.connections[shard]
        else:
            with super()._connect(shard) as connection:
                yield connection


class _Batch(threading.local):
    """The databases that are open for the batch of a thread, by shard."""

    def __init__(self) -> None:
        self.connections: dict[str, Connection] = {}
