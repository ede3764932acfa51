"""A committed snapshot: its manifest, and where its files lie."""

from dataclasses import dataclass

from spark.contract.manifest import Manifest


@dataclass(frozen=True)
class Snapshot:
    """One partition as one job committed it. `place` is its manifest's folder within the lake.

    `lake` is where its files are below: the URL of the lake, or a folder that they were brought to.
    """

    lake: str
    place: str
    manifest: Manifest

    @property
    def version(self) -> str:
        """What a destination calls it: the fingerprint and the attempt that computed it."""
        return f"{self.manifest.fingerprint}-{self.manifest.attempt}"

    @property
    def where(self) -> str:
        """What a person calls its place."""
        return f"{self.lake}/{self.place}"

    @property
    def partition(self) -> str:
        return self.manifest.partition

    @property
    def files(self) -> list[str]:
        return [f"{self.lake}/{file.path}" for file in self.manifest.files]

    @property
    def reject_files(self) -> list[str]:
        return [f"{self.lake}/{file.path}" for file in self.manifest.reject_files]
