"""A pool without Spark: its JVMs are shell scripts, its jobs a few lines of Python."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assets_tests.checkout import REAL
from assets_tests.launchers.jobs import CONTRACT
from assets_tests.launchers.papers_in import papers_in
from assets_tests.launchers.processes import becomes
from seniorlink_assets.launchers.base import Order, State
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.launchers.pool import Pool, _version
from spark.contract.job import Job
from spark.contract.jvm import Jvm

JAVA = """#!/bin/sh
papers="${_PYSPARK_DRIVER_CONN_INFO_PATH%/*}"
ls -l /proc/self/fd >"$papers/files"
echo $$ >"$papers/pid.tmp"
mv "$papers/pid.tmp" "$papers/pid"
printf '\\0\\0\\0\\1\\0\\0\\0\\1x' >"$_PYSPARK_DRIVER_CONN_INFO_PATH"
exec cat >/dev/null
"""
"""Like a JVM, it ends when its stdin closes; nobody answers at the port it tells."""

RUN = """
import json
import os
import time
from pathlib import Path

def main(lease=None):
    papers, jvm = Path.cwd(), lease and lease.folder
    while jvm and not Path(jvm, "pid").exists():
        time.sleep(0.01)
    found = {"driver": os.getpid(), "jvm": int(Path(jvm, "pid").read_text()) if jvm else None}
    def note():
        (papers / "found.tmp").write_text(json.dumps(found))
        (papers / "found.tmp").rename(papers / "found.json")
    note()
    names = {"papers": papers, "found": found, "note": note, "jvm": jvm}
    exec((papers / "deed.py").read_text(), names)
    note()
    return 0

if __name__ == "__main__":
    os._exit(main())
"""


@dataclass(frozen=True)
class Running:
    """A job that was started."""

    launcher: LocalLauncher
    folder: Path
    handle: Mapping[str, Any]

    def begins(self) -> dict[str, Any]:
        """What the job wrote down when it began, which it soon does."""
        assert becomes((self.folder / "found.json").exists)
        return self.found

    @property
    def found(self) -> dict[str, Any]:
        return json.loads((self.folder / "found.json").read_text())

    @property
    def is_warm(self) -> bool:
        return self.begins()["jvm"] is not None

    def go_on(self) -> None:
        (self.folder / "goes on").touch()

    def end(self) -> State:
        """How the job ended, once it has."""
        assert becomes(
            lambda: self.launcher.state(papers_in(self.folder), self.handle).phase != "running"
        )
        return self.launcher.state(papers_in(self.folder), self.handle)


@dataclass
class Scripted:
    """Starts jobs on JVMs of 100 megabytes in a pool below `home`."""

    home: Path
    megabytes: int = 400
    root: Path = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.home / "checkout"
        (self.root / "spark").mkdir(parents=True)
        for name in ("__init__.py", "contract", "gateway.py", "warm"):
            (self.root / "spark" / name).symlink_to(REAL / "spark" / name)
        (self.root / "spark" / "run.py").write_text(RUN)
        self.java.write_text(JAVA)
        self.java.chmod(0o700)

    @property
    def java(self) -> Path:
        return self.home / "java"

    @property
    def pool(self) -> Pool:
        return Pool(self.home / "jvms", self.megabytes)

    def keep(self, changed: str) -> None:
        """Has a keeper at work whose module `keeper` these statements have changed."""
        place = self.home / "jvms" / _version()
        place.mkdir(mode=0o700, parents=True)
        code = f"from spark.warm import keeper\n{changed}\nkeeper.main()"
        with (place / "keeper.log").open("ab") as log:
            subprocess.run(
                ["/bin/sh", "-c", '"$0" -c "$@" &', sys.executable, code, place, "400"],
                env={**os.environ, "PYTHONPATH": str(REAL)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=True,
            )
        assert becomes((place / "socket").exists)

    def order(self, deed: str = "", **jvm: Any) -> Order:
        folder = self.home / "jobs" / secrets.token_hex(6)
        folder.mkdir(mode=0o700, parents=True)
        (folder / "deed.py").write_text(deed)
        settings = Jvm(**{"java": str(self.java), "jars": "none", "memory": "100m", **jvm})
        job = Job(folder.name, CONTRACT, "", "", "", {}, {}, {}, jvm=settings)
        return Order(job, self.root, papers_in(folder))

    def start(
        self, deed: str = "", variables: Mapping[str, str] | None = None, **jvm: Any
    ) -> Running:
        launcher, order = LocalLauncher("100m", 1, self.pool), self.order(deed, **jvm)
        return Running(launcher, order.papers.folder, launcher.submit(order, variables or {}))
