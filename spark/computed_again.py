"""Whether rows were computed again, and an older Spark has observed them twice."""

from collections import Counter
from typing import Any

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from spark.lines import OBSERVES_AGAIN


def newest_rdd(session: SparkSession) -> int:
    """The number of the newest RDD: whatever is planned from now on has a greater one."""
    context: Any = session.sparkContext
    return context._jsc.emptyRDD().id()  # noqa: SLF001


def may_be_observed_twice(session: SparkSession, since: int) -> bool:
    """Whether what was observed since an RDD was the newest may hold rows twice.

    What an executor has shuffled is gone with it. Tasks whose rows others have yet to read are run
    again then, and an older Spark adds what they observe to what they have observed before.
    """
    if not OBSERVES_AGAIN:
        return False
    context: Any = session.sparkContext
    tasks, done = Counter[str](), Counter[str]()
    try:
        spark = context._jsc.sc()  # noqa: SLF001
        spark.listenerBus().waitUntilEmpty()
        quantiles = context._gateway.new_array(context._jvm.double, 0)  # noqa: SLF001
        stages = spark.statusStore().stageList([], False, False, quantiles, [])
        for place in range(stages.size()):
            stage = stages.apply(place)
            if stage.rddIds().head() > since and stage.shuffleWriteRecords():
                # The same rows may be shuffled by several stages, and each be tried several times.
                rows = stage.rddIds().mkString(" ")
                tasks[rows] = max(tasks[rows], stage.numTasks())
                done[rows] += stage.numCompleteTasks()
    except Py4JError:  # a Spark that somebody has changed may not tell
        return True
    return any(done[rows] > tasks[rows] for rows in tasks)
