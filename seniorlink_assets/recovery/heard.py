"""What recovery asks Dagster: which partitions were materialized, which runs are over."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.lake import Published


class Heard(ABC):
    """What Dagster has heard."""

    @abstractmethod
    def is_over(self, run_id: str) -> bool:
        """Whether a run has ended, or nobody knows of it."""

    @abstractmethod
    def unheard(self, table: Declared, published: Mapping[str, Published]) -> set[str]:
        """Which of these partitions were published without Dagster hearing of it."""

    @abstractmethod
    def has_failed(self, table: Declared, check: str) -> bool:
        """Whether a check failed when Dagster heard of it last."""
