"""Processes of this machine: who is in a group, whether one ends, and who holds a lock."""

import fcntl
import os
import select
import time
from collections.abc import Callable
from pathlib import Path


def members(group: int) -> list[int]:
    """The processes of a group that are not over yet."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, rest = path.read_text().rpartition(") ")
        except OSError:  # it has ended meanwhile
            continue
        state, _, its_group, *_ = rest.split()
        if int(its_group) == group and state != "Z":
            found.append(int(path.parent.name))
    return found


def ends(pid: int) -> bool:
    """Whether a process is over, or is so within half a minute."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], 30)[0])
    finally:
        os.close(watch)


def is_held(lock: Path) -> bool:
    """Whether a process has locked a file."""
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def becomes(condition: Callable[[], object]) -> bool:
    """Whether something comes true within two minutes, which a machine with other work may need."""
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
