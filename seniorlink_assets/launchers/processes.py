"""The processes of a job that runs on this machine, as the folder of its papers tells them."""

from pathlib import Path

from seniorlink_assets.file_lock import is_held

LOCK = "lock"
"""Locked while a process of the job lives, however it ends; a number may become another's."""


def is_running(folder: Path) -> bool:
    """Whether a process of the job lives on this machine."""
    return is_held(folder / LOCK)


def process_group(folder: Path) -> int | None:
    """The number of the group that the job's processes are in; None if it never began."""
    path = folder / "pid"
    text = path.read_text().strip() if path.exists() else ""
    return int(text) if text.isdigit() else None
