"""A folder of this machine as the papers of a job."""

from pathlib import Path

from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.storage.disk import DiskStorage


def papers_in(folder: Path) -> Papers:
    return Papers(DiskStorage(folder.parent), folder.name)
