"""A JVM of one's own: it starts, keeps values to itself, and dies with its parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spark import gateway
from spark.contract.jvm import Jvm
from spark.gateway import GatewayError, start_gateway

PARENT = """
import os
import sys
from pathlib import Path

from pyspark.sql import functions as F

from seniorlink_assets.launchers.java import java
from spark.contract.jvm import Jvm
from spark.gateway import start_gateway
from spark.session import start_session

runtime = java()
settings = Jvm(str(runtime.executable), str(runtime.jars), "512m", ("-XX:TieredStopAtLevel=1",))
start_gateway(settings, Path(sys.argv[1]), runtime.environment).connect()
conf = {"spark.master": "local[1]", "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1"}
session = start_session("test", conf)
lines = session.createDataFrame([("O'Brien\\n555-12",), ("777.66",)], "note string")
for wrong in (F.col("note").cast("int"), F.raise_error("note")):
    try:
        lines.select(wrong.alias("x")).write.parquet(sys.argv[1] + "/out", mode="overwrite")
    except Exception as error:
        print(type(error).__name__)
sys.stdout.flush()
os._exit(0)
"""


def test_a_jvm_ends_with_its_parent_and_logs_no_value(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "SPARK_LOCAL_DIRS": str(tmp_path)},
    )

    # run() returns when both pipes are closed, by the JVM too.
    assert done.stdout.splitlines() == ["NumberFormatException", "SparkRuntimeException"]
    assert "Aborting job" in done.stderr
    for part in ("Brien", "555-12", "777.66", "\tat "):
        assert part not in done.stderr


def test_a_java_that_cannot_be_started_is_one_sentence(tmp_path):
    settings = Jvm(str(tmp_path / "no" / "java"), "/jars", "1g")

    with pytest.raises(GatewayError, match=r"no/java cannot be started \(No such file or dir.*\);"):
        start_gateway(settings, tmp_path)


def test_a_jvm_that_does_not_answer_is_given_up_and_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(gateway, "_PATIENCE_SECONDS", 0)
    silent = tmp_path / "java"
    silent.write_text("#!/bin/sh\nexec cat\n")
    silent.chmod(0o700)
    jvm = start_gateway(Jvm(str(silent), "none", "1g"), tmp_path)

    with pytest.raises(GatewayError, match="did not answer within two minutes; materialize again"):
        jvm.connect()

    assert jvm.process.returncode == -signal.SIGKILL
    assert jvm.stdin.closed
