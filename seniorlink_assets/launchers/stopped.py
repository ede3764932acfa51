"""Why a satellite stopped that could not say so itself, by what its service says of it."""

import re
from collections.abc import Mapping
from typing import Any

_SIGNS = (
    (
        r"OutOfMemory|out of memory|exit code (137|-9)\b",
        "memory",
        True,
        "The satellite was killed, as happens when its memory is used up; give its {place} more, "
        "then materialize again.",
    ),
    (
        r"CannotPull|image .{0,40}not found|ImageNotFound|manifest unknown",
        "code",
        False,
        "The image of the {place} cannot be fetched; see that it is in its registry, and that the "
        "task's execution role may read it.",
    ),
    (
        r"ResourceInitializationError|unable to (pull|retrieve) secrets|network interface",
        "service",
        True,
        "The {place} could not be set up; see that its subnets reach S3 and the registry, then "
        "materialize again.",
    ),
    (
        r"Spot|HostTerminated|TerminationNotice|ServiceSchedulerInitiated|maintenance",
        "killed",
        True,
        "The machine of the {place} was taken away; materialize again.",
    ),
    (
        r"UserInitiated|Cancelled",
        "killed",
        False,
        "Somebody ended the satellite at its service; materialize again.",
    ),
    (
        r"Undeliverable|Unreachable|InvalidPlatform|DeliveryTimedOut",
        "service",
        True,
        "The {place} could not be reached; see that it runs, then materialize again.",
    ),
)
"""The first that fits is the one."""


def stopped(details: str, place: str) -> Mapping[str, Any] | None:
    """What failure.json would say; None if the service says nothing that is known."""
    for pattern, kind, is_transient, sentence in _SIGNS:
        if re.search(pattern, details, re.IGNORECASE):
            return {
                "sentence": sentence.format(place=place),
                "kind": kind,
                "transient": is_transient,
                "trace": [],
            }
    return None
