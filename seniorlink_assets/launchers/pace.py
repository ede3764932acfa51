"""How often the processes of this machine, all together, ask something of a service."""

import fcntl
import json
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pace:
    """At most `burst` requests at once, and `per_second` in the long run; the file remembers."""

    path: Path
    per_second: float
    burst: float

    def take_turn(self) -> None:
        """Waits until it is this process's turn to ask."""
        time.sleep(self._reserved())

    def _reserved(self) -> float:
        """Seconds until the turn that nobody else gets."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            left, then = _remembered(file.read(), self.burst)
            now = time.time()
            since = max(now - then, 0)
            left = min(left + since * self.per_second, self.burst) - 1
            file.truncate(0)
            file.write(json.dumps([left, now]))
        return max(-left / self.per_second, 0)


def _remembered(text: str, burst: float) -> tuple[float, float]:
    """How many requests were left, and when; a file that says nothing is a fresh one."""
    try:
        left, then = json.loads(text)
        return float(left), float(then)
    except (ValueError, TypeError):
        return burst, 0.0
