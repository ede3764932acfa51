"""The launchers under test, and what each of them cannot do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.launchers.inline import InlineLauncher
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.launchers.pool import Pool


@dataclass(frozen=True)
class Place:
    """How to make a launcher that may keep things in a folder.

    `not_isolated` says why its jobs are no processes of their own.
    """

    launcher: Callable[[Path], Launcher]
    not_isolated: str = ""


LOCAL = {
    "local, fresh": Place(lambda folder: LocalLauncher("512m", cores=2)),
    "local, warm": Place(
        lambda folder: LocalLauncher("512m", cores=2, pool=Pool(folder, megabytes=1024))
    ),
}
PLACES = {
    **LOCAL,
    "inline": Place(
        lambda folder: InlineLauncher("1g"),
        not_isolated="the inline launcher runs a job in the process of the step",
    ),
}
