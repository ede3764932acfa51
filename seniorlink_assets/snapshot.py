"""A committed snapshot: its manifest, and where its files lie."""

from dataclasses import dataclass
from pathlib import Path

from spark.contract.manifest import Manifest


@dataclass(frozen=True)
class Snapshot:
    """One partition as one job committed it. `place` is its manifest's path within the lake."""

    lake: Path
    place: str
    manifest: Manifest

    @property
    def version(self) -> str:
        """What a destination calls it: the fingerprint and the attempt that computed it."""
        return f"{self.manifest.fingerprint}-{self.manifest.attempt}"

    @property
    def partition(self) -> str:
        return self.manifest.partition

    @property
    def files(self) -> list[str]:
        return [str(self.lake / file.path) for file in self.manifest.files]

    @property
    def reject_files(self) -> list[str]:
        return [str(self.lake / file.path) for file in self.manifest.reject_files]
