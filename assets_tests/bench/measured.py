"""Run a command and measure it whole: seconds, and the memory of all its processes together."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MARKER = "SPARK_BENCH_MARK"
"""An environment variable that everything a measured command starts inherits, detached or not.

Its name is of the kind that is handed to a JVM even where the environment is thinned out.
"""

_INTERVAL = 0.5


@dataclass(frozen=True)
class Measured:
    """Wall seconds, the highest sum of proportional set sizes in bytes, and what was printed."""

    seconds: float
    peak_bytes: int
    output: str

    @property
    def last_line(self) -> str:
        return self.output.rstrip().rpartition("\n")[2]


def measured(
    command: Sequence[str], environment: Mapping[str, str], cwd: Path, *, fails: bool = False
) -> Measured:
    """Runs `command` to its end; CalledProcessError with its output if it does not end as expected.

    What carries the same MARKER counts too, so a pool of JVMs that outlives the command that
    started it is part of the next one's memory.
    """
    # A file, not a pipe: whoever is detached may keep its end open for long.
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        peak, over = 0, threading.Event()

        def watch() -> None:
            nonlocal peak
            while not over.wait(_INTERVAL):
                peak = max(peak, _memory(environment[MARKER]))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            code = process.wait()
            seconds = time.monotonic() - started
        except BaseException:
            end_processes(environment[MARKER])
            raise
        finally:
            over.set()
            watcher.join()
        said.seek(0)
        output = said.read()
    if (code != 0) is not fails:
        raise subprocess.CalledProcessError(code, command, output)
    return Measured(seconds, peak, output)


def end_processes(mark: str) -> None:
    """Ends every process that carries this mark, and waits until it is gone."""
    for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0)):
        deadline = time.monotonic() + patience
        left = marked(mark)
        for pid in left:
            _kill(pid, number)
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = marked(mark)
        if not left:
            return
    raise RuntimeError(f"the processes {sorted(left)} of a measurement do not end")


def marked(mark: str) -> set[int]:
    """The living processes that carry this mark, and all below them."""
    wanted = f"{MARKER}={mark}".encode()
    return _with_all_below(
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/environ")
        if wanted in _content(path).split(b"\0")
    )


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _memory(mark: str) -> int:
    """Bytes of all processes with the mark; pages they share count once."""
    return sum(_proportional_bytes(pid) for pid in marked(mark))


def _with_all_below(roots: Iterable[int]) -> set[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = _content(path).rpartition(b")")[2].split()
        if fields:
            children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, waiting = set(), [*roots]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def _proportional_bytes(pid: int) -> int:
    lines = _content(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(b"Pss:"))


def _content(path: Path) -> bytes:
    """What a file of /proc says; nothing once its process is gone."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
