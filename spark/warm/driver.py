"""What a fork of the keeper does to be the driver of one job, as if it had been started afresh."""

import gc
import os
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from spark.warm.lease import OUTPUT

STDOUT, JOB_EXIT = "stdout.log", "exit"
"""A job that has begun has the first among its papers, one that is over has both."""

_SIGNALS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def drive(order: Mapping[str, Any], jvm: Path, starter: socket.socket, kept: set[int]) -> NoReturn:
    """Runs the job of `order` on the JVM whose folder is `jvm`, and ends its process group.

    Nothing runs before `starter`, who is told the process number, says go. Of the keeper's open
    files only `kept` stay open.
    """
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    starter.settimeout(None)
    starter.sendall(f"{os.getpid()}\n".encode())
    if starter.recv(2) != b"go":
        os._exit(1)
    folder, said = Path(order["folder"]), (jvm / OUTPUT).stat().st_size
    status = os.EX_SOFTWARE
    try:
        _stand_alone(order, folder, kept)
        from spark.run import main
        from spark.warm.lease import Lease

        status = main(Lease(jvm))
    except BaseException:  # noqa: BLE001  # every end is written down
        traceback.print_exc()
    finally:
        _end(folder, status, jvm / OUTPUT, said)


def append_output(output: Path, start: int, log: Path) -> None:
    """Adds what a JVM has said since `start` to the log of the job it served."""
    with output.open("rb") as said, log.open("ab") as kept:
        said.seek(start)
        kept.write(said.read(1 << 20))


def _stand_alone(order: Mapping[str, Any], folder: Path, kept: set[int]) -> None:
    gc.unfreeze()
    os.chdir(folder)
    Path("pid").write_text(f"{os.getpid()}\n")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, STDOUT), (2, "stderr.log")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    for number in {int(path.name) for path in Path("/dev/fd").iterdir()} - {0, 1, 2, *kept}:
        with suppress(OSError):  # the one that listed them is closed already
            os.close(number)
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    tempfile.tempdir = None
    # The job's code is read from its own checkout, whatever the keeper has loaded.
    for name in [name for name in sys.modules if name.partition(".")[0] == "spark"]:
        del sys.modules[name]
    sys.path[0] = order["root"]
    sys.argv = ["spark.run"]


def _end(folder: Path, status: int, output: Path, said: int) -> NoReturn:
    try:
        sys.stdout.flush()
        append_output(output, said, folder / "stderr.log")
        (folder / f"{JOB_EXIT}.tmp").write_text(f"{status}\n")
        (folder / f"{JOB_EXIT}.tmp").replace(folder / JOB_EXIT)
    finally:
        # Takes along whatever the job started.
        os.killpg(0, signal.SIGKILL)
    os._exit(status)
