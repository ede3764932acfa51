"""Something to happen after a while, if the double still runs then."""

import threading
from collections.abc import Callable
from typing import Any


def later(seconds: float, do: Callable[..., Any], *arguments: Any) -> threading.Timer:
    """A timer that has been started."""
    timer = threading.Timer(seconds, do, arguments)
    timer.daemon = True
    timer.start()
    return timer
