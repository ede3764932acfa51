"""The releases of a partition: what was published of it, and what of that can come back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from seniorlink_assets.lake import Lake, LakeError, Published
from seniorlink_assets.sentence import SentenceError
from spark.contract import WHOLE

_SHORTEST = 8
_SHOWN = 5


class ReleaseError(SentenceError):
    """A release that does not exist, or that cannot come back."""


@dataclass(frozen=True)
class Release:
    """One publication. `version` is enough of its name to tell it from the others.

    It is in the lake if all its files are there.
    """

    published: Published
    version: str
    state: Literal["live", "withdrawn", "earlier"]
    is_in_lake: bool


def releases(lake: Lake, key: str, partitions: Sequence[str]) -> list[Release]:
    """Every release of these partitions that is remembered, of each the newest first."""
    histories = [history for history in lake.histories(key, partitions).values() if history]
    places = dict.fromkeys(then.place for history in histories for then in history)
    snapshots = lake.snapshots(key, places)
    there = {place for place, found in snapshots.items() if not isinstance(found, LakeError)}
    return [release for history in histories for release in _releases(history, there)]


def _releases(history: Sequence[Published], there: Collection[str]) -> list[Release]:
    gone, short, live = withdrawn(history), versions(history), history[-1]

    def state(then: Published) -> Literal["live", "withdrawn", "earlier"]:
        if then is live:
            return "live"
        return "withdrawn" if then.place in gone else "earlier"

    return [
        Release(then, short[then.place], state(then), then.place in there)
        for then in reversed(history)
    ]


def release(history: Sequence[Published], key: str, partition: str, version: str) -> Published:
    """The release whose version begins like this; ReleaseError if none or several do."""
    found = {then.place: then for then in history if then.version.startswith(version)}
    if len(found) == 1:
        return next(iter(found.values()))
    known = [*dict.fromkeys(versions(history).values())]
    if found:
        raise ReleaseError(
            f"{version} is the beginning of {len(found)} versions of {named(key, partition)}; "
            f"write more of it: {', '.join(known[-_SHOWN:])}"
        )
    close = get_close_matches(version, known, n=3) or known[-_SHOWN:]
    raise ReleaseError(
        f"{named(key, partition)} has no release {version}; `seniorlink history {key}` shows those "
        f"it has, such as {', '.join(close)}"
    )


def release_before(history: Sequence[Published], key: str, partition: str) -> Published:
    """The newest release before the live one that nobody has rolled back from."""
    gone = withdrawn(history)
    for then in reversed(history):
        if then.place not in gone and then.place != history[-1].place:
            return then
    raise ReleaseError(
        f"{named(key, partition)} has no release before the live one; "
        f"`seniorlink history {key}` shows those it has"
    )


def newer(history: Sequence[Published], release: Published) -> list[Published]:
    """What was published after a release, which is among the history."""
    last = max(
        (
            number
            for number, then in enumerate(history)
            if then.place == release.place and not then.rolled_back_from
        ),
        default=-1,
    )
    return [
        then
        for then in history[last + 1 :]
        if then.place != release.place and not then.rolled_back_from
    ]


def withdrawn(history: Sequence[Published]) -> set[str]:
    """The places of the releases that somebody rolled back from, and that did not come back."""
    places: set[str] = set()
    for number, then in enumerate(history):
        places.discard(then.place)
        if then.rolled_back_from:
            places |= {release.place for release in newer(history[:number], then)}
    return places


def versions(history: Sequence[Published]) -> dict[str, str]:
    """The shortest names of releases that tell them from each other, by place."""
    names = {then.place: then.version for then in history}

    def short(name: str) -> str:
        others = [other for other in names.values() if other != name]
        for length in range(_SHORTEST, len(name)):
            if not any(other.startswith(name[:length]) for other in others):
                return name[:length]
        return name

    return {place: short(name) for place, name in names.items()}


def named(key: str, partition: str) -> str:
    return key if partition == WHOLE else f"{key} {partition}"
