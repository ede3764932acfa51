"""A destination under test: how it is made, read, and searched for what was left behind."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from seniorlink_assets.destination import Destination
from seniorlink_assets.snapshot import Snapshot
from spark.contract import Contract, Kind


class Place(ABC):
    """A destination below a folder, and a reader that shares no code with it."""

    kind: Kind
    has_partitions: bool
    """Whether one partition can be replaced alone."""
    is_on_disk: ClassVar[bool] = True
    """Whether what is published lies in a folder of this machine."""
    stops: ClassVar[Mapping[str, tuple[str, int, Literal["old", "new"]]]]
    """Moments in publish: a function, which call of it is next, and what readers must see then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What another process makes it of, beside its folder."""
        return {}

    def within_reach(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with files that the destination can read."""
        return snapshot

    @abstractmethod
    def destination(self) -> Destination: ...

    @abstractmethod
    def rows(self, contract: Contract) -> list[tuple]:
        """The live rows in the contract's column order, sorted; [] if there is nothing live."""

    @abstractmethod
    def staged(self) -> list[str]:
        """What is staged and not published."""
