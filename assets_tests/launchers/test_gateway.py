"""How a JVM starts, and that it ends with the process that started it."""

import subprocess
import sys
from pathlib import Path

import pytest

from assets_tests.launchers.processes import ends
from seniorlink_assets.launchers.java import java
from spark.contract.jvm import Jvm
from spark.gateway import GatewayError, start_gateway

DRIVER = """
import sys
from pathlib import Path
from spark.contract.jvm import Jvm
from spark.gateway import start_gateway

jvm = start_gateway(Jvm(*sys.argv[1:4]), Path(sys.argv[4]))
jvm.connect()
print(jvm.process.pid, flush=True)
sys.stdin.read()
"""


def settings(memory: str) -> Jvm:
    runtime = java()
    return Jvm(str(runtime.executable), str(runtime.jars), memory)


def test_a_jvm_ends_when_its_driver_is_killed(tmp_path):
    jvm = settings("256m")
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, jvm.java, jvm.jars, jvm.memory, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with driver:
        pid = int(driver.stdout.readline())

        driver.kill()

    assert ends(pid)


def test_a_jvm_that_does_not_start_says_how_it_ended_and_where_to_look(tmp_path, capfd):
    with pytest.raises(GatewayError) as refused:
        start_gateway(settings("nonsense"), tmp_path).connect()

    assert str(refused.value) == (
        "Spark's JVM ended with 1 before it could be used; its first words in "
        f"{tmp_path / 'stderr.log'} say why, often SENIORLINK_JOB_MEMORY"
    )
    assert "Invalid maximum heap size: -Xmxnonsense" in "".join(capfd.readouterr())
