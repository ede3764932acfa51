"""What a job says while it runs far away, read from the chunks that it leaves with its papers."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster_pipes import PipesParams

from seniorlink_assets.launchers.papers import Papers

_OFTEN, _SELDOM = 1.0, 15.0
"""Seconds between two looks: while there is news, and at most."""

_PATIENCE = 1.5


class StoredMessages(dg.PipesMessageReader):
    """Reads messages/1.json, messages/2.json ... of a job, whoever started it, whenever it looks.

    Nobody looks by himself: whoever waits for the job calls `look`, and does so once `due` is over.
    Dagster's own readers keep their place when a second job comes.
    """

    def __init__(self, papers: Papers) -> None:
        self._papers = papers
        self._handler: dg.PipesMessageHandler | None = None
        self._next = 1
        self._wait = _OFTEN
        self._looked_at = 0.0
        self.trouble = ""

    @property
    def due(self) -> float:
        """Seconds until it is worth a look."""
        return max(self._looked_at + self._wait - time.monotonic(), 0)

    @property
    def is_closed(self) -> bool:
        """Whether the job has said its last word."""
        return self._handler is not None and self._handler.received_closed_message

    @contextmanager
    def read_messages(self, handler: dg.PipesMessageHandler) -> Iterator[PipesParams]:
        self._handler = handler
        yield {}

    def expect_news(self) -> None:
        """Makes the next look come soon."""
        self._wait = _OFTEN

    def look(self) -> None:
        """Hands on all that is there; what cannot be read is left for the next look."""
        before = self._next
        try:
            while (chunk := self._papers.read(f"messages/{self._next}.json")) is not None:
                self._next += 1
                self._hand_on(chunk, self._handler)
            self.trouble = ""
        except Exception as error:  # noqa: BLE001  # the manifest is the truth
            self.trouble = str(error) or type(error).__name__
        is_news = self._next > before
        self._wait = _OFTEN if is_news else min(self._wait * _PATIENCE, _SELDOM)
        self._looked_at = time.monotonic()

    def _hand_on(self, chunk: bytes, handler: dg.PipesMessageHandler | None) -> None:
        if handler is None:
            return
        for line in chunk.decode("utf-8", "replace").splitlines():
            try:
                handler.handle_message(json.loads(line))
            except Exception:  # noqa: BLE001  # the manifest is the truth
                handler.report_pipes_framework_exception(
                    f"{self._papers.where}/messages/{self._next - 1}.json", sys.exc_info()
                )

    def no_messages_debug_text(self) -> str:
        return f"A job says what it does in {self._papers.where}/messages."
