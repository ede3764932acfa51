"""The launchers under test, and what each of them cannot do."""

from collections.abc import Callable
from dataclasses import dataclass

from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.launchers.inline import InlineLauncher
from seniorlink_assets.launchers.local import LocalLauncher


@dataclass(frozen=True)
class Place:
    """How to make a launcher. `not_isolated` says why its jobs are no processes of their own."""

    launcher: Callable[[], Launcher]
    not_isolated: str = ""


PLACES = {
    "local": Place(lambda: LocalLauncher("512m", cores=1)),
    "inline": Place(
        lambda: InlineLauncher("1g"),
        not_isolated="the inline launcher runs a job in the process of the step",
    ),
}
