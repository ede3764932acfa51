"""The papers of a job that runs on this machine: what its folder says about it."""

import fcntl
from pathlib import Path

LOCK = "lock"
"""Locked while a process of the job lives, however it ends; a number may become another's."""


def is_running(folder: Path) -> bool:
    """Whether a process of the job lives on this machine."""
    try:
        with (folder / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def exit_code(folder: Path) -> int | None:
    """What the job ended with; None if it lives, or could not write it down."""
    path = folder / "exit"
    text = path.read_text().strip() if path.exists() else ""
    return int(text) if text.lstrip("-").isdigit() else None


def process_group(folder: Path) -> int | None:
    """The number of the group that the job's processes are in; None if it never began."""
    path = folder / "pid"
    text = path.read_text().strip() if path.exists() else ""
    return int(text) if text.isdigit() else None
