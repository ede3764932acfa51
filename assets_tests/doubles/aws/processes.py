"""All processes of a job: which files they write, and how to freeze and end them."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "DOUBLE_JOB"
"""The variable by which a process is known to belong to a job, whoever started it."""

_WRITES = os.O_WRONLY | os.O_RDWR


def members(mark: str) -> list[int]:
    """Every process that has this mark."""
    wanted = f"{MARK}={mark}".encode()
    return [pid for pid in _processes() if wanted in _environment(pid)]


def files_written(mark: str, below: Path) -> set[Path]:
    """Files below a folder that a process of the job has open for writing."""
    return {
        path
        for pid in members(mark)
        for number, path in _open_files(pid)
        if path.is_relative_to(below) and _writes(pid, number)
    }


def freeze(mark: str) -> None:
    _signal(mark, signal.SIGSTOP)


def kill(mark: str, process: subprocess.Popen) -> None:
    """Ends all that is left of a job."""
    while True:
        process.poll()
        if not members(mark):
            break
        _signal(mark, signal.SIGKILL)
        time.sleep(0.01)
    process.wait()


def _signal(mark: str, how: signal.Signals) -> None:
    for pid in members(mark):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            continue


def _processes() -> Iterator[int]:
    yield from (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _environment(pid: int) -> list[bytes]:
    """Nothing for a process that is gone, also if nobody has asked how it ended."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _open_files(pid: int) -> Iterator[tuple[str, Path]]:
    try:
        found = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return
    for link in found:
        try:
            yield link.name, link.readlink()
        except OSError:
            continue


def _writes(pid: int, number: str) -> bool:
    try:
        text = Path(f"/proc/{pid}/fdinfo/{number}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    flags = next(line for line in text.splitlines() if line.startswith("flags:"))
    return bool(int(flags.split()[1], 8) & _WRITES)
