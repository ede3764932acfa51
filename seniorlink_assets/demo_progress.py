"""Show how a run goes: a bar and what is running in a terminal, a line per asset elsewhere."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import dagster as dg
from dagster import DagsterEventType, DagsterInstance
from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.recovery.foreground import errors_to, prepare_steps
from seniorlink_assets.recovery.plan import Plan
from seniorlink_assets.recovery.report import about
from seniorlink_assets.recovery.runs import Run, runs_of

_EVENTS = {
    DagsterEventType.STEP_START,
    DagsterEventType.STEP_SUCCESS,
    DagsterEventType.STEP_FAILURE,
}
_SUCCESS = "is up to date"
_SECONDS = 0.3


@contextmanager
def watched(
    plan: Plan,
    known: Sequence[Declared],
    instance: DagsterInstance,
    console: Console,
    log: Path,
) -> Iterator[Callable[[Run, Mapping[str, str]], AbstractContextManager[None]]]:
    """How to watch the runs of a plan; what their steps write to stderr goes to `log`.

    Those of `known` that one run need not be about are counted as well.
    """
    runs = runs_of(plan)

    @contextmanager
    def watch(run: Run, tags: Mapping[str, str]) -> Iterator[None]:
        counted = known
        if len(runs) > 1:
            console.print(f"{about(run)}:", highlight=False)
            counted = run.tables
        with shown_progress(instance, tags, counted, run.tables, console):
            yield

    if not runs:
        yield watch
        return
    with errors_to(log):
        prepare_steps()
        yield watch


@contextmanager
def shown_progress(
    instance: DagsterInstance,
    tags: Mapping[str, str],
    known: Sequence[Declared],
    stale: Sequence[Declared],
    console: Console,
) -> Iterator[None]:
    """Shows the run that has these tags and is about `stale`, as long as the context is open."""
    display, over = _Display(known, console), threading.Event()

    def follow() -> None:
        run_id, cursor, is_last = None, None, False
        while not is_last:
            is_last = over.wait(_SECONDS)
            if run_id is None:
                runs = instance.get_runs(dg.RunsFilter(tags=tags), limit=1)
                run_id = runs[0].run_id if runs else None
            if run_id is not None:
                page = instance.get_records_for_run(run_id, cursor, of_type=_EVENTS)
                cursor = page.cursor
                for record in page.records:
                    display.take(record.event_log_entry)

    follower = threading.Thread(target=follow, name="progress", daemon=True)
    with display.live:
        for table in known:
            if table not in stale:
                display.pass_over(table.key)
        follower.start()
        try:
            yield
        finally:
            over.set()
            follower.join()


class _Display:
    def __init__(self, known: Sequence[Declared], console: Console) -> None:
        self._console = console
        self._readers = {
            table.key: [reader.key for reader in known if table in reader.inputs.values()]
            for table in known
        }
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._whole = self._bar.add_task("materializing", total=len(known))
        self._steps = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._running: dict[str, TaskID] = {}
        self._ended: set[str] = set()
        self.live = (
            Live(Group(self._bar, self._steps), console=console, transient=True)
            if console.is_terminal
            else nullcontext()
        )

    def pass_over(self, key: str) -> None:
        """Counts an asset that the run need not be about."""
        self._end(key, _SUCCESS)

    def take(self, event: dg.EventLogEntry) -> None:
        kind, key = event.dagster_event_type, (event.step_key or "").replace("__", "/")
        if kind == DagsterEventType.STEP_START:
            self._running[key] = self._steps.add_task(key)
        elif kind == DagsterEventType.STEP_SUCCESS:
            self._end(key, _SUCCESS)
        elif kind == DagsterEventType.STEP_FAILURE and not _is_stopped(event):
            self._end(key, "FAILED")
            self._end_readers(key, key)

    def _end_readers(self, key: str, failed: str) -> None:
        """Dagster says of no asset that it will not run; it follows from what it reads."""
        for reader in self._readers[key]:
            if reader not in self._ended:
                self._end(reader, f"is not run, for {failed} failed")
                self._end_readers(reader, failed)

    def _end(self, key: str, word: str) -> None:
        self._ended.add(key)
        if key in self._running:
            self._steps.remove_task(self._running.pop(key))
        self._bar.update(self._whole, completed=len(self._ended))
        # In a terminal the bar says what goes well.
        if not self._console.is_terminal or word != _SUCCESS:
            count = f"[{len(self._ended)}/{len(self._readers)}]"
            self._console.print(
                f"{count} {key} {word}", highlight=False, markup=False, soft_wrap=True
            )


def _is_stopped(event: dg.EventLogEntry) -> bool:
    """Whether a step ended only because somebody stopped the run."""
    data = event.dagster_event.step_failure_data if event.dagster_event else None
    return bool(data and data.error and data.error.cls_name == "DagsterExecutionInterruptedError")
