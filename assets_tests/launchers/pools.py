"""The keepers of a pool: which there are, and their end."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assets_tests.launchers.processes import ends, is_held


@contextmanager
def keepers_end(folder: Path) -> Iterator[Path]:
    """The folder of a pool, whose keepers and their JVMs are over in the end."""
    try:
        yield folder
    finally:
        for keeper in keepers(folder):
            os.kill(keeper, signal.SIGTERM)
            assert ends(keeper)


def keepers(folder: Path) -> list[int]:
    """The keepers at work in the folder of a pool."""
    locks = [lock for lock in folder.glob("*/keeper.lock") if is_held(lock)]
    return [int(lock.read_text()) for lock in locks]
