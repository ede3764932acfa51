"""Compute a frame once, for all the actions over its rows."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyspark.serializers import CPickleSerializer
from pyspark.sql import DataFrame, SparkSession

from spark.computed_again import may_be_observed_twice, newest_rdd
from spark.lines import settings_of


class Once:
    """A frame whose last exchange is computed when this is made, and read by every action since.

    `frame` has the same rows. Two actions over one DataFrame compute it twice, for each is planned
    by itself; on the rows of a plan that has been run the second finds what the first shuffled.
    PySpark has no word for it: a cache or a checkpoint would store all rows once more.
    """

    def __init__(self, frame: DataFrame) -> None:
        self._session = session = frame.sparkSession
        jvm: Any = session
        plan: Any = frame
        self._utils = jvm._jvm.org.apache.spark.sql.api.python.PythonSQLUtils  # noqa: SLF001
        self._execution = plan._jdf.queryExecution()  # noqa: SLF001
        self._since = newest_rdd(session)
        with _settings_reach_tasks(session):
            rows = self._execution.toRdd()
        self.frame = DataFrame(
            jvm._jsparkSession.internalCreateDataFrame(  # noqa: SLF001
                rows, self._execution.analyzed().schema(), False
            ),
            session,
        )

    def observed(self, name: str) -> Mapping[str, Any] | None:
        """The metrics of DataFrame.observe(), once an action has run.

        None if they were not run, or may hold rows twice.
        """
        row = self._execution.observedMetrics().get(name)
        if row.isEmpty() or row.get().length() == 0:
            return None
        if may_be_observed_twice(self._session, self._since):
            return None
        return CPickleSerializer().loads(self._utils.toPyRow(row.get())).asDict()


@contextmanager
def _settings_reach_tasks(session: SparkSession) -> Iterator[None]:
    """Every action hands the session's settings to its tasks; computing a plan's rows does not."""
    context, settings = session.sparkContext, settings_of(session)
    for name, value in settings.items():
        context.setLocalProperty(name, value)
    try:
        yield
    finally:
        for name in settings:
            context.setLocalProperty(name, None)  # type: ignore[arg-type]
