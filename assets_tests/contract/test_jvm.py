"""The command that starts a JVM."""

from pathlib import Path

import pytest

from spark.contract.jvm import Jvm


def test_the_options_of_a_job_reach_its_jvm(tmp_path):
    for name in ("spark.jar", "scala.jar", "notes.txt"):
        (tmp_path / name).touch()
    jvm = Jvm("/bin/java", str(tmp_path), "3g", ("-XX:+UseSerialGC",))

    command = jvm.command("/scratch", Path("log4j2.properties"))

    assert command[:3] == ["/bin/java", "-cp", f"{tmp_path}/scala.jar:{tmp_path}/spark.jar"]
    assert {"-Xmx3g", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"} <= set(command)
    assert "-Djava.io.tmpdir=/scratch" in command


@pytest.mark.parametrize(("memory", "megabytes"), [("512m", 512), ("2g", 2048), ("1G", 1024)])
def test_a_heap_is_counted_in_megabytes(memory, megabytes):
    assert Jvm("/bin/java", "/jars", memory).megabytes == megabytes
