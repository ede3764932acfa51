"""The Spark session every job gets: strict, in UTC, writing Parquet that all readers know."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspark import SparkContext
from pyspark.sql import SparkSession

from spark.lines import OLDER, complete

DEFAULTS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "snappy",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}

_INDISCREET = ("DataFrameQueryContextLogger", "SQLQueryContextLogger")
"""PySpark's loggers that write the value a query failed on to stderr."""


def start_session(name: str, conf: Mapping[str, str]) -> SparkSession:
    """A session named for its asset; `conf` wins over the defaults."""
    hush()
    builder = SparkSession.builder.appName(name)
    for setting, value in {**DEFAULTS, **conf}.items():
        builder = builder.config(setting, value)
    session = builder.getOrCreate()
    complete(session)
    return session


def hush_jvm(settings: Path) -> None:
    """Lets the JVM that spark-submit has started log as ours do: no values, and warnings only."""
    SparkContext._ensure_initialized()  # noqa: SLF001
    jvm: Any = SparkContext._jvm  # noqa: SLF001
    place = jvm.java.io.File(str(settings)).toURI()
    jvm.org.apache.logging.log4j.core.config.Configurator.reconfigure(place)


def hush() -> None:
    """Keeps PySpark from logging values."""
    if OLDER:  # which logs none
        return
    from pyspark.logger import PySparkLogger

    for logger in _INDISCREET:
        PySparkLogger.getLogger(logger).disabled = True
