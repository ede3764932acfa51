"""Where published data is read: the small interface that warehouses and extract servers share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar

from seniorlink_assets.lake import Lake
from seniorlink_assets.schema_change import SchemaChange
from seniorlink_assets.sentence import SentenceError
from seniorlink_assets.snapshot import Snapshot
from spark.contract import Contract


class DestinationError(SentenceError):
    """A load or a publication that did not happen; what readers see is as it was.

    `transient` says whether the very same may succeed when it is tried again; `details` are shown
    beside the sentence, each under its name.
    """

    def __init__(
        self, sentence: str, *, transient: bool = False, details: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.transient = transient
        self.details = details or {}


@dataclass(frozen=True)
class Staged:
    """Snapshots that were loaded beside the live data and found complete.

    `place` is the staging table or file, `rows` what it holds, `figures` what the load came to,
    to be shown with what is published.
    """

    contract: Contract
    snapshots: Sequence[Snapshot]
    place: str
    rows: int
    figures: Mapping[str, Any] = field(default_factory=dict)


class Destination(ABC):
    """One place of publication. Every method is safe to repeat after any crash."""

    reads_lake: ClassVar[bool] = False
    """Whether it loads files from the lake itself; otherwise they are brought to this machine."""

    @property
    def slices(self) -> int | None:
        """How many files of one table it loads at a time; None if their number is no matter."""
        return None

    @abstractmethod
    def location(self, contract: Contract) -> str:
        """Where a person finds the data: a table in a file, a file, a URL."""

    @abstractmethod
    def released(self, contract: Contract) -> Mapping[str, str]:
        """The version of each partition that readers see now."""

    def releases(self, contracts: Sequence[Contract]) -> Mapping[str, Mapping[str, str]]:
        """What `released` says of each, by key."""
        return {contract.key: self.released(contract) for contract in contracts}

    def schema_changes(self, contracts: Sequence[Contract]) -> Mapping[str, Sequence[SchemaChange]]:
        """How live tables differ from their contracts, by key; nothing where that is no matter."""
        return {}

    def within_reach(
        self, lake: Lake, snapshots: Sequence[Snapshot]
    ) -> AbstractContextManager[Sequence[Snapshot]]:
        """The snapshots with files that it can read, for a while."""
        return nullcontext(snapshots) if self.reads_lake else lake.at_hand(snapshots)

    @abstractmethod
    def stage(self, contract: Contract, snapshots: Sequence[Snapshot], run_id: str) -> Staged:
        """Loads beside the live data and compares counts and sums with the manifests.

        DestinationError, with the live data untouched and nothing left, if they differ.
        """

    @abstractmethod
    def publish(self, staged: Staged, run_id: str) -> None:
        """Makes the staged partitions the visible ones, all at once, and records the release."""

    def housekeep(self, staged: Staged, run_id: str) -> Sequence[str]:
        """Keeps what was published fast to read; a sentence for all that could not be done."""
        return ()

    @abstractmethod
    def discard(self, staged: Staged) -> None:
        """Drops what was staged and not published."""

    def leftovers(self, contract: Contract) -> Sequence[Staged]:
        """What is staged now: by a try that died, unless one goes on."""
        return ()
