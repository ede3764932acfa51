"""The Spark session every job gets: strict, in UTC, writing Parquet that all readers know."""

from collections.abc import Mapping

from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

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
    return builder.getOrCreate()


def hush() -> None:
    """Keeps PySpark from logging values."""
    for logger in _INDISCREET:
        PySparkLogger.getLogger(logger).disabled = True
