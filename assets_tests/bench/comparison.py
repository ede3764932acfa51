"""One line of the table: what the platform needs, against its baseline of the same run."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Comparison:
    """Every single sample of both sides, in `unit`.

    `goal` is what the ratio may be at most, `limit` the candidate itself. Without either it is only
    a figure.
    """

    what: str
    candidate: Sequence[float]
    baseline: Sequence[float] = ()
    goal: float | None = None
    unit: str = "s"
    notes: Mapping[str, Any] = field(default_factory=dict)
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        if not self.baseline:
            return None
        return statistics.median(self.candidate) / statistics.median(self.baseline)

    @property
    def verdict(self) -> str:
        bounds = ((statistics.median(self.candidate), self.limit), (self.ratio, self.goal))
        found = [
            measured <= bound
            for measured, bound in bounds
            if measured is not None and bound is not None
        ]
        return ("met" if all(found) else "MISSED") if found else ""

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "unit": self.unit,
            "baseline": _summary(self.baseline),
            "candidate": _summary(self.candidate),
            "ratio": None if self.ratio is None else round(self.ratio, 4),
            "goal": self.goal,
            "limit": self.limit,
            "verdict": self.verdict,
            "notes": dict(self.notes),
        }


def _summary(samples: Sequence[float]) -> dict[str, Any] | None:
    if not samples:
        return None
    return {
        "median": round(statistics.median(samples), 3),
        "samples": [round(sample, 3) for sample in samples],
    }
