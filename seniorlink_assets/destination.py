"""Where published data is read: the small interface that warehouses and extract servers share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seniorlink_assets.sentence import SentenceError
from seniorlink_assets.snapshot import Snapshot
from spark.contract import Contract


class DestinationError(SentenceError):
    """A load or a publication that did not happen; what readers see is as it was."""


@dataclass(frozen=True)
class Staged:
    """Snapshots that were loaded beside the live data and found complete.

    `place` is the staging table or file, `rows` what it holds.
    """

    contract: Contract
    snapshots: Sequence[Snapshot]
    place: str
    rows: int


class Destination(ABC):
    """One place of publication. Every method is safe to repeat after any crash."""

    @abstractmethod
    def location(self, contract: Contract) -> str:
        """Where a person finds the data: a table in a file, a file, a URL."""

    @abstractmethod
    def released(self, contract: Contract) -> Mapping[str, str]:
        """The version of each partition that readers see now."""

    def releases(self, contracts: Sequence[Contract]) -> Mapping[str, Mapping[str, str]]:
        """What `released` says of each, by key."""
        return {contract.key: self.released(contract) for contract in contracts}

    @abstractmethod
    def stage(self, contract: Contract, snapshots: Sequence[Snapshot]) -> Staged:
        """Loads beside the live data and compares counts and sums with the manifests.

        DestinationError, with the live data untouched and nothing left, if they differ.
        """

    @abstractmethod
    def publish(self, staged: Staged, run_id: str) -> None:
        """Makes the staged partitions the visible ones, all at once, and records the release."""

    @abstractmethod
    def discard(self, staged: Staged) -> None:
        """Drops what was staged and not published."""

    def leftovers(self, contract: Contract) -> Sequence[Staged]:
        """What is staged now: by a try that died, unless one goes on."""
        return ()
