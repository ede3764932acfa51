"""The baseline of the overhead: isolated assets as Dagster and Spark document them.

What it does: Dagster's default executor, one step at a time as on the other side;
PipesSubprocessClient; a script that builds its session with plain SparkSession.builder and two
task threads, and writes a few rows as Parquet. The Java is the same as the platform's.

What it does not do: it reads no file, casts nothing, checks nothing and loads nothing.
"""

import os
from pathlib import Path

from assets_tests.bench.copied_checkout import write
from seniorlink_assets.launchers.java import java

DEFINITIONS = """
import sys

import dagster as dg


def naive(name: str):
    @dg.asset(name=name)
    def computed(context: dg.AssetExecutionContext, pipes: dg.PipesSubprocessClient):
        command = [sys.executable, {script!r}, name]
        return pipes.run(command=command, context=context).get_materialize_result()

    return computed


defs = dg.Definitions(
    assets=[naive(name) for name in {names!r}],
    resources={{"pipes": dg.PipesSubprocessClient()}},
    executor=dg.multiprocess_executor.configured({{"max_concurrent": 1}}),
)
"""

SCRIPT = """
import sys
import time
from pathlib import Path

from dagster_pipes import open_dagster_pipes
from pyspark.sql import SparkSession


def transform(session):
    (Path({moments!r}) / name).write_text(repr(time.time()))
    return session.range(10).withColumnRenamed("id", "n")


name = sys.argv[1]
with open_dagster_pipes() as pipes:
    session = SparkSession.builder.appName(name).master("local[2]").getOrCreate()
    frame = transform(session)
    frame.write.mode("overwrite").parquet(f"{data}/{{name}}")
    pipes.report_asset_materialization()
    session.stop()
"""

_JAVA = """#!/bin/sh
for word do
    shift
    [ "$word" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$word"
done
exec "{java}" "$@"
"""
"""spark-submit always asks for a module that the bundled Java lacks, and then does not start."""


def write_naive(folder: Path, names: list[str]) -> Path:
    """The project with these assets; its data goes to data/, its moments to moments/."""
    moments, data = folder / "moments", folder / "data"
    moments.mkdir(parents=True)
    write(
        folder,
        {
            "definitions.py": DEFINITIONS.format(script=str(folder / "job.py"), names=names),
            "job.py": SCRIPT.format(moments=str(moments), data=str(data)),
            "java/bin/java": _JAVA.format(java=java().executable),
            "dagster/dagster.yaml": "telemetry:\n  enabled: false\n",
        },
    )
    (folder / "java" / "bin" / "java").chmod(0o755)
    return folder


def settings(folder: Path) -> dict[str, str]:
    """What its processes are started with; a JAVA_HOME that somebody set is used as it is."""
    return {
        "JAVA_HOME": os.environ.get("JAVA_HOME") or str(folder / "java"),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
