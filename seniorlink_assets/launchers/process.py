"""Jobs as process groups of this machine, which outlive whoever started them."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from seniorlink_assets.launchers.base import DetachedLauncher, Handle, State
from seniorlink_assets.launchers.explanation import explain
from seniorlink_assets.launchers.papers import Papers, exit_code
from seniorlink_assets.launchers.processes import LOCK, is_running, process_group

_SCRATCH = "scratch"
_WRAPPER = (
    'echo $$ >pid; "$0" "$@" >stdout.log 2>stderr.log; '
    "echo $? >exit.tmp; mv exit.tmp exit; kill -9 0"
)
"""The shell leads a process group and takes what is left of it along, whatever the job started."""


@dataclass
class ProcessLauncher(DetachedLauncher):
    """What all launchers of processes share; how one is started is theirs."""

    _children: dict[int, subprocess.Popen] = field(default_factory=dict, init=False, repr=False)

    def find(self, papers: Papers) -> Handle | None:
        folder = papers.folder
        # A job that lives has not written its number yet, or never will.
        while (pid := process_group(folder)) is None and is_running(folder):
            time.sleep(0.01)
        return None if pid is None else {"pid": pid}

    def state(self, papers: Papers, handle: Handle) -> State:
        is_over = not is_running(papers.folder)
        code = exit_code(papers)
        if code is None and not is_over:
            return State("running")
        if handle["pid"] in self._children:
            self._children.pop(handle["pid"]).wait()
        return State("succeeded") if code == 0 else _failed(papers, code)

    def cancel(self, papers: Papers, handle: Handle) -> None:
        if is_running(papers.folder):
            _end_group(handle["pid"], self._children.pop(handle["pid"], None))
        self.clear(papers)

    def clear(self, papers: Papers) -> None:
        shutil.rmtree(papers.folder / _SCRATCH, ignore_errors=True)

    def start(self, papers: Papers, module: str, variables: Mapping[str, str], lock: int) -> int:
        """Starts a module of Python that leads a process group; the number of that."""
        child = subprocess.Popen(
            ["/bin/sh", "-c", _WRAPPER, sys.executable, "-m", module],
            cwd=papers.folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            pass_fds=[lock],
            start_new_session=True,
        )
        self._children[child.pid] = child
        return child.pid


def scratch(papers: Papers) -> Path:
    """A folder for what a job needs while it lives."""
    folder = papers.folder / _SCRATCH
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def job_lock(papers: Papers) -> Iterator[int]:
    """The lock that a job holds while it lives, to be passed on to it."""
    with (papers.folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _end_group(group: int, child: subprocess.Popen | None) -> None:
    for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if child is not None:
                child.poll()  # a dead leader keeps its group until it is waited for
            try:
                os.killpg(group, number)
            except ProcessLookupError:
                return
            time.sleep(0.05)


def _failed(papers: Papers, code: int | None) -> State:
    found = explain(papers, code)
    return State("failed", found.sentence, found.transient, found)
