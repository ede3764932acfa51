"""Asking again until the answer is the awaited one."""

import time
from collections.abc import Callable
from typing import Any


def until(ask: Callable[[], Any], holds: Callable[[Any], bool], seconds: float = 30.0) -> Any:
    """The first answer that holds; AssertionError with the last one if none does in time."""
    deadline = time.monotonic() + seconds
    while not holds(found := ask()):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found
