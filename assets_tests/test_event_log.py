"""Events stored together are the events stored one by one."""

import queue
import sqlite3
from contextlib import suppress
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from seniorlink_assets.event_log import EventLog

DAYS = dg.DailyPartitionsDefinition("2025-01-01", end_offset=0)
RANGE = {
    "dagster/asset_partition_range_start": "2025-01-01",
    "dagster/asset_partition_range_end": "2025-01-05",
}


@dg.asset(
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[dg.AssetCheckSpec("is_calm", asset="moods")],
)
def moods():
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


MOODS = dg.define_asset_job("moods_job", selection=[moods])


def run_of(folder: Path, log: type[SqliteEventLogStorage]) -> dg.DagsterInstance:
    """An instance with this event log, in which five days of an asset were materialized."""
    folder.mkdir()
    instance = dg.DagsterInstance.local_temp(
        str(folder),
        overrides={
            "event_log_storage": {
                "module": log.__module__,
                "class": log.__name__,
                "config": {"base_dir": str(folder / "history" / "runs")},
            },
            "telemetry": {"enabled": False},
        },
    )
    job = dg.Definitions([moods], jobs=[MOODS]).resolve_job_def("moods_job")
    assert job.execute_in_process(instance=instance, tags=RANGE).success
    return instance


def told(instance: dg.DagsterInstance) -> list[tuple]:
    """Every event of the run in its order, without what differs from run to run."""
    (run,) = instance.get_runs()
    return sorted(
        (str(entry.dagster_event_type), str(entry.get_dagster_event().partition))
        for entry in instance.all_logs(run.run_id)
        if entry.is_dagster_event
    )


@pytest.fixture
def batched(monkeypatch):
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")


def test_a_range_of_days_is_told_as_dagster_itself_would_tell_it(tmp_path, batched, monkeypatch):
    with run_of(tmp_path / "ours", EventLog) as ours:
        monkeypatch.delenv("DAGSTER_EVENT_BATCH_SIZE")
        with run_of(tmp_path / "theirs", SqliteEventLogStorage) as theirs:
            assert told(ours) == told(theirs)
            for instance in (ours, theirs):
                assert instance.get_materialized_partitions(moods.key) == {
                    f"2025-01-0{day}" for day in range(1, 6)
                }


def test_a_batch_is_one_transaction(tmp_path, batched, monkeypatch):
    with run_of(tmp_path / "home", EventLog) as instance:
        log = instance.event_log_storage
        (run,) = instance.get_runs()
        made = [
            entry
            for entry in instance.all_logs(run.run_id)
            if entry.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION
        ]
        before = len(instance.all_logs(run.run_id))
        stored = []
        keep = EventLog.store_event

        def fails_at_the_third(self, event):
            if len(stored) == 2:
                raise sqlite3.OperationalError("disk I/O error")
            stored.append(event)
            keep(self, event)

        monkeypatch.setattr(EventLog, "store_event", fails_at_the_third)
        with pytest.raises(sqlite3.OperationalError):
            unwrapped(log).store_event_batch(made)

        assert len(made) == 5
        assert len(instance.all_logs(run.run_id)) == before


def test_whoever_watches_a_run_from_elsewhere_is_told_of_what_is_stored(tmp_path, batched):
    with run_of(tmp_path / "home", EventLog) as instance:
        log = unwrapped(instance.event_log_storage)
        (run,) = instance.get_runs()
        known = log.get_records_for_run(run.run_id)
        event, told = known.records[0].event_log_entry, queue.Queue()
        elsewhere = EventLog(log._base_dir)
        elsewhere.watch(run.run_id, known.cursor, lambda entry, _: told.put(entry.user_message))

        log.store_event(event._replace(user_message="alone"))
        first = told.get(timeout=30)
        log.store_event_batch([event._replace(user_message="in a batch")])
        second = told.get(timeout=30)
        elsewhere.dispose()

        assert (first, second) == ("alone", "in a batch")


def test_no_database_stays_open_for_a_fork_to_share(tmp_path, batched):
    with run_of(tmp_path / "home", EventLog) as instance:
        (run,) = instance.get_runs()
        log, event = unwrapped(instance.event_log_storage), instance.all_logs(run.run_id)[0]

        log.store_event(event)
        log.store_event_batch([event, event])

        assert [name for name in open_files() if str(log._base_dir) in name] == []


def open_files() -> list[str]:
    """The files that this process has open, but for what is closed meanwhile."""
    found = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(number.readlink()))
    return found


def unwrapped(log) -> EventLog:
    """The storage below what Dagster wraps around one that is configured by itself."""
    return log if isinstance(log, EventLog) else log._storage.event_log_storage
