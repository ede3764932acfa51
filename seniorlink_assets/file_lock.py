"""Locks that the kernel lets go of when their holder dies, however that happens."""

import fcntl
from pathlib import Path


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of this file; nobody does if there is no file."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
