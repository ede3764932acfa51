"""The process that keeps warm JVMs, and forks the driver of each job from itself.

It ends when the last JVM has been idle for a while. If it is killed, its JVMs end too: each watches
a pipe that only the keeper and the driver it serves hold. A job that is running goes on.
"""

import fcntl
import gc
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from os import _exit
from pathlib import Path
from typing import Any, NoReturn

import spark.compute
import spark.failure
import spark.landing
import spark.progress
import spark.run
import spark.session  # noqa: F401  # all that a driver needs is loaded before it is forked
from spark.contract.jvm import Jvm
from spark.gateway import CONNECTION, read_connection
from spark.warm.cleaning import NotCleanError, clean
from spark.warm.driver import JOB_EXIT, STDOUT, drive
from spark.warm.jvm import WarmJvm, settings_key, write_once

LOCK, SOCKET = "keeper.lock", "socket"
IDLE_SECONDS = 120
MOST_JOBS = 100
_MOST_JVMS = 2 * (os.cpu_count() or 1)
_CLEANING_SECONDS = 30
_HEARING_SECONDS = 1


@dataclass
class Order:
    """A job that somebody waits to have started."""

    fields: Mapping[str, Any]
    jvm: Jvm
    papers: Path
    starter: socket.socket
    lock: int

    @classmethod
    def hear(cls, starter: socket.socket) -> "Order":
        """What `starter` asks for; ValueError if that is no order."""
        starter.settimeout(_HEARING_SECONDS)
        said, files, _, _ = socket.recv_fds(starter, 1 << 16, 1)
        try:
            os.set_inheritable(files[0], False)
            while more := not said.endswith(b"\n") and starter.recv(1 << 16):
                said += more
            fields = json.loads(said)
            jvm = Jvm.from_json(fields["jvm"])
            return cls(fields, jvm, Path(fields["folder"]), starter, lock=files[0])
        except (LookupError, TypeError, ValueError, OSError) as error:
            for file in files:
                os.close(file)
            raise ValueError("no order") from error

    @cached_property
    def key(self) -> str:
        return settings_key(self.jvm, self.fields["environment"])

    def close(self) -> None:
        self.starter.close()
        os.close(self.lock)


class Keeper:
    """Keeps JVMs of at most `megabytes` of heap together, in `folder`."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self._folder, self._megabytes = folder, megabytes
        self._jvms: list[WarmJvm] = []
        self._orders: list[Order] = []
        self._started = 0
        self._is_over = False

    def serve(self, listener: socket.socket) -> None:
        """Starts jobs until all JVMs have been idle for long enough, or the folder is gone."""
        selector = selectors.DefaultSelector()
        waking, woken = socket.socketpair()
        waking.setblocking(False)
        woken.setblocking(False)
        signal.set_wakeup_fd(waking.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._end)
        selector.register(listener, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        useful_until = time.monotonic() + IDLE_SECONDS
        while not self._is_over and self._folder.exists():
            for key, _ in selector.select(timeout=5):
                if key.fileobj is listener:
                    self._hear(listener)
                else:
                    woken.recv(1 << 10)
            self._reap()
            self._start_jobs()
            self._retire_idle()
            if self._jvms:
                useful_until = time.monotonic() + IDLE_SECONDS
            elif time.monotonic() > useful_until:
                break
        for jvm in self._jvms:
            if not jvm.driver:
                jvm.end()

    def _end(self, *_: object) -> None:
        self._is_over = True

    def _hear(self, listener: socket.socket) -> None:
        starter, _ = listener.accept()
        try:
            self._orders.append(Order.hear(starter))
        except (OSError, ValueError):  # whoever asked is gone, or is no launcher
            starter.close()

    def _start_jobs(self) -> None:
        waiting = []
        for order in self._orders:
            try:
                jvm = self._free(order)
                if jvm is None and any(jvm.is_nearly_idle for jvm in self._jvms):
                    waiting.append(order)
                    continue
                if jvm is not None:
                    self._fork(order, jvm)
            except Exception:  # noqa: BLE001  # the job will say why, when it starts a JVM itself
                traceback.print_exc()
            order.close()
        self._orders = waiting

    def _free(self, order: Order) -> WarmJvm | None:
        """An idle JVM for the job, or a new one where there is room."""
        for jvm in self._jvms:
            if jvm.is_idle and jvm.key == order.key:
                return jvm
        if any(jvm.is_nearly_idle and jvm.key == order.key for jvm in self._jvms):
            return None
        for jvm in [jvm for jvm in self._jvms if jvm.is_idle]:
            if not self._has_room(order.jvm):
                self._retire(jvm)
        if not self._has_room(order.jvm):
            return None
        self._started += 1
        folder = self._folder / f"jvm-{os.getpid()}-{self._started}"
        jvm = WarmJvm.start(folder, order.jvm, order.fields["environment"])
        self._jvms.append(jvm)
        return jvm

    def _has_room(self, another: Jvm) -> bool:
        heaps = sum(jvm.megabytes for jvm in self._jvms) + another.megabytes
        return len(self._jvms) < _MOST_JVMS and heaps <= self._megabytes

    def _fork(self, order: Order, jvm: WarmJvm) -> None:
        jvm.jobs += 1
        jvm.papers = order.papers
        child = os.fork()
        if not child:
            try:
                drive(order.fields, jvm.folder, order.starter, {order.lock, jvm.stdin.fileno()})
            finally:
                _exit(os.EX_SOFTWARE)  # else there would be two keepers
        jvm.driver = child
        # Until its end is written down, the job is not over.
        jvm.lock = os.dup(order.lock)

    def _reap(self) -> None:
        for jvm in [*self._jvms]:
            if jvm.driver:
                self._after_job(jvm)
            elif jvm.cleaner:
                self._after_cleaning(jvm)
            elif jvm.has_ended():
                self._retire(jvm)

    def _after_job(self, jvm: WarmJvm) -> None:
        has_ended = jvm.has_ended()
        over, status = os.waitpid(jvm.driver, os.WNOHANG)
        if not over:
            return
        with suppress(ProcessLookupError):
            os.killpg(jvm.driver, signal.SIGKILL)
        jvm.driver, said = 0, jvm.papers / JOB_EXIT
        if not has_ended and said.exists() and said.read_text() == "0\n":
            jvm.since = time.monotonic()
            os.close(jvm.lock)
            jvm.cleaner = os.fork()
            if not jvm.cleaner:
                _clean(jvm.folder)
            return
        if (jvm.papers / STDOUT).exists():  # else it never began, and may run elsewhere
            code = os.waitstatus_to_exitcode(status)
            write_once(said, f"{code if code >= 0 else 128 - code}\n")
        self._retire(jvm)
        os.close(jvm.lock)

    def _after_cleaning(self, jvm: WarmJvm) -> None:
        over, status = os.waitpid(jvm.cleaner, os.WNOHANG)
        if over:
            jvm.cleaner, jvm.since = 0, time.monotonic()
            if status or jvm.jobs >= MOST_JOBS:
                self._retire(jvm)
        elif time.monotonic() > jvm.since + _CLEANING_SECONDS:
            self._retire(jvm)

    def _retire_idle(self) -> None:
        for jvm in [jvm for jvm in self._jvms if jvm.is_idle]:
            if time.monotonic() > jvm.since + IDLE_SECONDS:
                self._retire(jvm)

    def _retire(self, jvm: WarmJvm) -> None:
        jvm.end()
        self._jvms.remove(jvm)


def main() -> None:
    folder, megabytes = Path(sys.argv[1]), int(sys.argv[2])
    os.chdir(folder)
    with Path(LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        Path(SOCKET).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        usual = os.umask(0o077)
        listener.bind(SOCKET)
        os.umask(usual)
        listener.listen(64)
        _remove_dead(folder)
        gc.collect()
        gc.freeze()
        Keeper(folder, megabytes).serve(listener)
        Path(SOCKET).unlink(missing_ok=True)
    os._exit(0)


def _remove_dead(folder: Path) -> None:
    """Removes what the JVMs of a killed keeper have left, but for one that still serves."""
    for left in folder.glob("jvm-*"):
        with suppress(OSError), socket.socket() as caller:
            port, _ = read_connection(left / CONNECTION)
            if caller.connect_ex(("127.0.0.1", port)):
                shutil.rmtree(left, ignore_errors=True)


def _clean(folder: Path) -> NoReturn:
    """Ends this fork with 0 if the JVM in `folder` may serve another job."""
    status = 1
    try:
        clean(folder)
        status = 0
    except NotCleanError as reason:
        sys.stderr.write(f"{folder.name} is retired: {reason}\n")
    except BaseException:  # noqa: BLE001  # a JVM that cannot be cleaned serves nobody
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
