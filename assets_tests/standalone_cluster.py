"""A real Spark cluster on this machine: a master and workers, each a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from assets_tests.launchers.processes import becomes
from seniorlink_assets.launchers.aot import cache_options
from seniorlink_assets.launchers.java import Java, java
from spark.contract.jvm import OPENED_PACKAGES

_GUARD = '"$@" & read -r nothing; kill -9 0'
"""Ends its process group when whoever started it closes the pipe on its stdin, or dies."""

_JAVA = """#!/bin/sh
before=
for word do
    shift
    [ "$before" = "-cp" ] && word="{jars}"
    [ "$word" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$word"
    before="$word"
done
exec "{java}" {cache} "$@"
"""
"""Spark asks every executor's Java for a module that the bundled one lacks.

The jars by name and in order are those that the cache of classes knows.
"""

_LOGGING = """
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n%ex
"""


@dataclass(frozen=True)
class Daemon:
    """A master or a worker: a process group with all that it starts."""

    process: subprocess.Popen[bytes]
    log: Path

    def says(self, pattern: str) -> str:
        """The first group of what its log says, once it does."""

        def said() -> re.Match[str] | None:
            return re.search(pattern, self.log.read_text(errors="replace"))

        assert becomes(lambda: said() or self.process.poll() is not None)
        found = said()
        assert found, self.log.read_text(errors="replace")
        return found[1]

    def kill(self) -> None:
        """Ends it as a machine ends that loses its power; harmless if it has ended."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


@dataclass(frozen=True)
class StandaloneCluster:
    """A master at `url` with its workers by name."""

    url: str
    page: str
    master: Daemon
    workers: Mapping[str, Daemon]

    def state(self) -> dict[str, Any]:
        """What the master knows: its workers, and the applications at work and over."""
        with urlopen(f"{self.page}/json/", timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def at_work(self) -> list[str]:
        """The names of the applications that have not ended."""
        return [application["name"] for application in self.state()["activeapps"]]

    def over(self) -> dict[str, str]:
        """How applications ended, by name."""
        ended = self.state()["completedapps"]
        return {application["name"]: application["state"] for application in ended}

    def cores_in_use(self) -> int:
        return self.state()["coresused"]

    def kill_application(self, name: str) -> None:
        """Does what the button in the master's page does."""
        (found,) = (each for each in self.state()["activeapps"] if each["name"] == name)
        with urlopen(self.page, timeout=10) as page:  # noqa: S310
            token = re.search(r'name="csrfToken" value="([^"]+)"', page.read().decode())
        assert token
        form = f"id={found['id']}&terminate=true&csrfToken={token[1]}".encode()
        urlopen(Request(f"{self.page}/app/kill/", form), timeout=10).close()  # noqa: S310

    def worker_of(self, process: int) -> str:
        """The name of the worker that a process of an executor belongs to."""
        group = os.getpgid(process)
        (found,) = (name for name, each in self.workers.items() if each.process.pid == group)
        return found


@contextmanager
def standalone_cluster(
    folder: Path, workers: int = 2, without: Path | None = None
) -> Iterator[StandaloneCluster]:
    """Workers of 1 GB and a core, certainly over in the end, also when this process is killed.

    They listen on 127.0.0.1 only: networks of their own would need rights that a build machine may
    not give. A folder that they are to be `without` is empty for them, and another one.
    """
    (folder / "java" / "bin").mkdir(parents=True)
    executable = folder / "java" / "bin" / "java"
    executable.write_text(_java(java()))
    executable.chmod(0o755)
    (folder / "log4j2.properties").write_text(_LOGGING)
    with ExitStack() as over:

        def start(name: str, kind: str, *words: str, apart: Sequence[str] = ()) -> Daemon:
            daemon = _start(folder, name, apart, f"org.apache.spark.deploy.{kind}", *words)
            over.callback(daemon.kill)
            return daemon

        listening = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        master = start("master", "master.Master", *listening)
        url = master.says(r"Starting Spark master at (spark://\S+)")
        page = master.says(r"MasterWebUI.* started at (http://\S+)")
        sizes, apart = ("--cores", "1", "--memory", "1g"), _apart(without) if without else ()
        started = {
            name: start(
                *(name, "worker.Worker", *listening, *sizes),
                *("--work-dir", str(folder / name / "work"), url),
                apart=apart,
            )
            for name in [f"worker{number}" for number in range(1, workers + 1)]
        }
        for worker in started.values():
            worker.says(r"(Successfully registered with master)")
        yield StandaloneCluster(url, page.rstrip("/"), master, started)


def _java(runtime: Java) -> str:
    jars = ":".join(sorted(map(str, runtime.jars.glob("*.jar"))))
    return _JAVA.format(java=runtime.executable, jars=jars, cache=" ".join(cache_options(runtime)))


def _apart(folder: Path) -> Sequence[str]:
    """What a command begins with that is to see another, empty folder there."""
    hide = f'mkdir -p "{folder}" && mount -t tmpfs none "{folder}" && exec "$@"'
    return ("unshare", "--mount", "/bin/sh", "-c", hide, "apart")


def _start(folder: Path, name: str, apart: Sequence[str], kind: str, *words: str) -> Daemon:
    runtime, place = java(), folder / name
    place.mkdir()
    environment = {
        **runtime.environment,
        "JAVA_HOME": str(folder / "java"),
        "SPARK_HOME": str(runtime.jars.parent),
        "SPARK_SCALA_VERSION": "2.13",
        "SPARK_LOCAL_DIRS": str(place),
        "PYSPARK_PYTHON": sys.executable,
    }
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *("/bin/sh", "-c", _GUARD, "guard", *apart, str(runtime.executable)),
                *("-cp", f"{runtime.jars}/*", "-Xmx256m"),
                *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                "--enable-native-access=ALL-UNNAMED",
                *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENED_PACKAGES),
                "-Dspark.master.rest.enabled=false",
                f"-Dlog4j2.configurationFile=file:{folder / 'log4j2.properties'}",
                *(kind, *words),
            ],
            cwd=place,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return Daemon(process, place / "log")
