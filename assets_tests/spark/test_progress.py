"""Telling how far Spark is, and never more than that."""

import threading

from py4j.protocol import Py4JNetworkError

from spark.progress import reporting


class Stage:
    stageId, numCompletedTasks, numTasks = 7, 1, 4  # noqa: N815


class Context:
    """A SparkContext of one running stage; asking it fails once it is dead."""

    def __init__(self, dead=False):
        self.dead = dead
        self.asked = threading.Event()
        self.calls = 0

    def statusTracker(self):
        return self

    def getActiveStageIds(self):
        self.calls += 1
        if self.calls > 2 or self.dead:
            self.asked.set()
        if self.dead:
            raise Py4JNetworkError("no JVM")
        return [7]

    def getStageInfo(self, _):
        return Stage()


def test_a_stage_is_reported_when_it_changes_only():
    context, said = Context(), []

    with reporting(context, said.append, every_seconds=0.001):
        assert context.asked.wait(10)

    assert said == ["stage 7: 1 of 4 tasks"]


def test_a_dead_jvm_ends_the_reports_quietly():
    context, said = Context(dead=True), []

    with reporting(context, said.append, every_seconds=0.001):
        assert context.asked.wait(10)

    assert said == []
