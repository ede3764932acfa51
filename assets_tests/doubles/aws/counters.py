"""How often each operation was asked for, and how many times in its busiest second."""

import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass
class _Count:
    requests: int = 0
    refused: int = 0
    peak: int = 0
    recent: deque[float] = field(default_factory=deque)


class Counters:
    """Requests by service and operation, also those that were refused."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, _Count] = defaultdict(_Count)

    def asked(self, service: str, operation: str) -> None:
        now = time.monotonic()
        with self._lock:
            count = self._counts[f"{service}:{operation}"]
            count.requests += 1
            count.recent.append(now)
            while count.recent[0] <= now - 1:
                count.recent.popleft()
            count.peak = max(count.peak, len(count.recent))

    def refused(self, service: str, operation: str) -> None:
        with self._lock:
            self._counts[f"{service}:{operation}"].refused += 1

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()

    def to_json(self) -> dict[str, dict[str, int]]:
        with self._lock:
            return {
                name: {"requests": count.requests, "refused": count.refused, "peak": count.peak}
                for name, count in sorted(self._counts.items())
            }
