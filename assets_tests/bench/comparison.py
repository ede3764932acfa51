"""One line of the table: what the platform needs, against its baseline of the same run."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Comparison:
    """Every single sample of both sides, in `unit`. Without a baseline it is only a figure."""

    what: str
    candidate: Sequence[float]
    baseline: Sequence[float] = ()
    goal: float | None = None
    unit: str = "s"
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        if not self.baseline:
            return None
        return statistics.median(self.candidate) / statistics.median(self.baseline)

    @property
    def verdict(self) -> str:
        if self.ratio is None or self.goal is None:
            return ""
        return "met" if self.ratio <= self.goal else "MISSED"

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "unit": self.unit,
            "baseline": _summary(self.baseline),
            "candidate": _summary(self.candidate),
            "ratio": None if self.ratio is None else round(self.ratio, 4),
            "goal": self.goal,
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
