"""One look at a service for all who wait for jobs there: threads and processes of this machine."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.service import LOST, Service, ServiceState

_LONGEST_WAIT = 30.0
"""Seconds between two requests to a service that does not answer."""

_SECONDS_OF_A_PAGE = 1.25

UNLISTED_SECONDS = 60.0
"""For so long a service may not know yet what it has accepted."""


@dataclass(frozen=True)
class Page:
    """What the last look at the list said.

    `at` is when a list was asked for that was answered, `again_at` when the next may be; `trouble`
    says why the last was not answered, after so many `tries`.
    """

    at: float = 0.0
    states: Mapping[str, ServiceState] = field(default_factory=dict)
    again_at: float = 0.0
    trouble: str = ""
    tries: int = 0


@dataclass(frozen=True)
class Seen:
    """How a job is, as far as that is known: None if it is not; `trouble` says why not."""

    state: ServiceState | None
    trouble: str = ""


class Watch:
    """What is known of a service's jobs, in a file that whoever needs fresher news renews.

    One at a time asks the service for its list; the others read on what that one found.
    """

    def __init__(self, folder: Path, service: Service) -> None:
        self._service = service
        self._path = folder / f"{service.watch}.json"
        self._read: tuple[tuple[int, int], Page] = ((0, 0), Page())

    def look(self, handle: Handle, seconds: float) -> Seen:
        """How a job is, by news that are at most so many seconds old where they can be had.

        AwsError if the service refuses to tell.
        """
        page = self._fresh(seconds)
        listed = page.states.get(handle["id"])
        if listed is not None or page.trouble:
            return Seen(listed, page.trouble)
        if page.at <= handle["at"]:
            return Seen(None)
        return self._asked(handle)

    def _asked(self, handle: Handle) -> Seen:
        """How a job is that the list leaves out: it is over, or too new."""
        try:
            state = self._service.state(handle)
        except AwsError as error:
            if not error.transient:
                raise
            return Seen(None, str(error))
        if state is None and time.time() > handle["at"] + UNLISTED_SECONDS:
            return Seen(ServiceState("failed", LOST))
        return Seen(state)

    def _fresh(self, seconds: float) -> Page:
        page = self._page()
        if not self._is_due(page, seconds):
            return page
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # somebody is asking
                return page
            page = self._page()
            return self._asked_again(page) if self._is_due(page, seconds) else page

    def _is_due(self, page: Page, seconds: float) -> bool:
        # A list of many pages is asked for less often: a page a second is what accounts may.
        cost = _SECONDS_OF_A_PAGE * len(page.states) / self._service.listed_at_once
        now = time.time()
        return now >= page.again_at and now >= page.at + max(seconds, cost)

    def _asked_again(self, page: Page) -> Page:
        asked_at = time.time()
        try:
            found = Page(asked_at, self._service.at_work())
        except AwsError as error:
            if not error.transient:
                raise
            wait = min(2.0**page.tries, _LONGEST_WAIT)
            found = Page(
                page.at, page.states, time.time() + wait, str(error), min(page.tries + 1, 16)
            )
        self._write(found)
        return found

    def _page(self) -> Page:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return Page()
        version = (found.st_ino, found.st_mtime_ns)
        if version != self._read[0]:
            self._read = (version, _parsed(self._path))
        return self._read[1]

    def _write(self, page: Page) -> None:
        content = {
            "at": page.at,
            "states": {job: [each.phase, each.word] for job, each in page.states.items()},
            "again_at": page.again_at,
            "trouble": page.trouble,
            "tries": page.tries,
        }
        draft = self._path.with_suffix(f".{os.getpid()}-{secrets.token_hex(2)}.tmp")
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(self._path)


def _parsed(path: Path) -> Page:
    """What the file says; nothing, if it is none of ours."""
    try:
        said = json.loads(path.read_bytes())
        states = {job: ServiceState(phase, word) for job, (phase, word) in said["states"].items()}
        return Page(**{**said, "states": states})
    except (OSError, ValueError, TypeError, KeyError):
        return Page()
