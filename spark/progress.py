"""Report how far Spark's stages are, while they run."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError
from pyspark import SparkContext


@contextmanager
def reporting(
    context: SparkContext, report: Callable[[str], None], every_seconds: float = 3
) -> Iterator[None]:
    """Calls `report` with "<done> of <all> tasks" as long as the block runs and it changes."""
    over = threading.Event()

    def watch() -> None:
        tracker, last = context.statusTracker(), None
        while not over.wait(every_seconds):
            try:
                stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
            except (Py4JError, OSError):  # the JVM has died, which the block itself will notice
                return
            live = [stage for stage in stages if stage is not None]
            now = [(stage.stageId, stage.numCompletedTasks, stage.numTasks) for stage in live]
            if now and now != last:
                report(
                    ", ".join(f"stage {stage}: {done} of {all_} tasks" for stage, done, all_ in now)
                )
                last = now

    watcher = threading.Thread(target=watch, name="progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
