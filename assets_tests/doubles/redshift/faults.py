"""Misfortune to order: what the next statements meet."""

import re
import threading
from dataclasses import dataclass
from typing import Literal

Kind = Literal["fail", "drop", "delay"]


@dataclass
class Order:
    """One fault: which statements it meets, after how many, how often, and what it does."""

    kind: Kind
    pattern: str = ""
    code: str = "XX000"
    message: str = "the double was told to fail"
    when: Literal["before", "after"] = "before"
    seconds: float = 0.0
    times: int | None = None
    skip: int = 0
    met: int = 0
    seen: int = 0


class Faults:
    """All orders that are in force."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Order] = []

    def order(
        self,
        kind: Kind,
        *,
        pattern: str = "",
        code: str = "XX000",
        message: str = "the double was told to fail",
        when: Literal["before", "after"] = "before",
        seconds: float = 0.0,
        times: int | None = None,
        skip: int = 0,
    ) -> None:
        """From now on; `pattern` is searched for in a statement without its leading comments."""
        re.compile(pattern)
        with self._lock:
            self._orders.append(Order(kind, pattern, code, message, when, seconds, times, skip))

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()

    @property
    def met(self) -> list[int]:
        """How often each fault struck, in the order they were ordered."""
        with self._lock:
            return [order.met for order in self._orders]

    def for_statement(self, bare: str) -> list[Order]:
        """What this statement meets now."""
        with self._lock:
            return [order for order in self._orders if _strikes(order, bare)]


def _strikes(order: Order, bare: str) -> bool:
    if not re.search(order.pattern, bare, re.I) or order.met == order.times:
        return False
    order.seen += 1
    if order.seen <= order.skip:
        return False
    order.met += 1
    return True
