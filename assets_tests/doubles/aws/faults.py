"""Misfortune to order: what the next requests and jobs meet."""

import random
import threading
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.refused import Refused

OF_REQUESTS = ("throttle", "error", "delay", "drop", "deny", "skew", "limit")
OF_JOBS = ("kill", "lose", "capacity")


@dataclass
class Order:
    """One fault: whom it meets (patterns as of a shell), how often, and what it does."""

    kind: str
    service: str = "*"
    operation: str = "*"
    resource: str = "*"
    job: str = "*"
    times: int | None = None
    rate: float = 1.0
    seed: int = 0
    seconds: float = 0.0
    status: int = 500
    code: int = 137
    when: str = "before"
    per_second: float = 1.0
    met: int = 0
    chance: random.Random = field(init=False, repr=False)
    tokens: float = field(init=False, repr=False)
    filled: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in OF_REQUESTS + OF_JOBS:
            raise ValueError(f"there is no fault {self.kind}")
        self.chance = random.Random(self.seed)  # noqa: S311
        self.tokens, self.filled = self.per_second, time.monotonic()

    def strikes(self) -> bool:
        """Whether it happens to the one it matches; counts it."""
        if self.times is not None and self.met >= self.times:
            return False
        if self.chance.random() >= self.rate or (self.kind == "limit" and self._has_token()):
            return False
        self.met += 1
        return True

    def _has_token(self) -> bool:
        now = time.monotonic()
        self.tokens = min(
            max(self.per_second, 1), self.tokens + (now - self.filled) * self.per_second
        )
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Faults:
    """All orders that are in force."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Order] = []

    def order(self, **details: Any) -> None:
        with self._lock:
            self._orders.append(Order(**details))

    def clear(self) -> None:
        with self._lock:
            self._orders.clear()

    def for_call(self, call: Call) -> list[Order]:
        """The faults that this request meets now, in the order they were ordered."""
        return self._struck(
            OF_REQUESTS,
            lambda order: (
                fnmatchcase(call.service, order.service)
                and fnmatchcase(call.operation, order.operation)
                and fnmatchcase(call.resource, order.resource)
            ),
        )

    def for_job(self, kind: str, service: str, name: str) -> Order | None:
        """The fault of this kind that meets a job of this name now, if one does."""
        struck = self._struck(
            (kind,),
            lambda order: fnmatchcase(service, order.service) and fnmatchcase(name, order.job),
        )
        return struck[0] if struck else None

    def to_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{"kind": order.kind, "met": order.met} for order in self._orders]

    def _struck(self, kinds: tuple[str, ...], matches: Any) -> list[Order]:
        with self._lock:
            return [
                order
                for order in self._orders
                if order.kind in kinds and matches(order) and order.strikes()
            ]


def refused_by(order: Order, call: Call) -> Refused | None:
    """The error that a fault answers with; None for delays and dropped connections."""
    s3 = call.service == "s3"
    if order.kind in ("throttle", "limit"):
        if s3:
            return Refused("SlowDown", "Please reduce your request rate.", 503)
        return Refused("ThrottlingException", "Rate exceeded", 429)
    if order.kind == "error":
        code = "InternalError" if s3 else "InternalServerException"
        return Refused(code, "We encountered an internal error. Please try again.", order.status)
    if order.kind == "deny":
        return denied(call)
    if order.kind == "skew":
        return Refused(
            "RequestTimeTooSkewed" if s3 else "InvalidSignatureException",
            "The difference between the request time and the current time is too large."
            if s3
            else "Signature expired: the request time is too far from the current time.",
            403,
        )
    return None


def denied(call: Call) -> Refused:
    """AccessDenied for the operation and the resource of a call."""
    if call.service == "s3":
        return Refused("AccessDenied", "Access Denied", 403)
    return Refused(
        "AccessDeniedException",
        f"User: arn:aws:iam::123456789012:user/double is not authorized to perform: "
        f"{call.service}:{call.operation} on resource: {call.resource}",
        403,
    )
