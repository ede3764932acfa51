"""The papers of a job in a store: what it is to do, and what it says while it does it."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from dagster_pipes import (
    PipesContext,
    PipesContextData,
    PipesContextLoader,
    PipesMessage,
    PipesMessageWriter,
    PipesMessageWriterChannel,
    PipesParams,
    PipesParamsLoader,
    open_dagster_pipes,
)

from spark.files import Files, files_at

EVERY_SECONDS = 1.0
_LAST_TRIES = 3
_END_SECONDS = 120


def open_papers(papers: str, files: Files | None = None) -> PipesContext:
    """Dagster's Pipes by way of the folder or URL of a job's papers.

    The job is told in context.json. What it says is written to messages/<n>.json, n from 1, each
    with a message a line. OSError if it is told nothing. Without `files`, Spark's JVM is needed for
    a URL.
    """
    place = _Place(papers, files or files_at(papers))
    return open_dagster_pipes(
        context_loader=_Context(place), message_writer=_Messages(place), params_loader=_NoParams()
    )


@dataclass(frozen=True)
class _Place:
    papers: str
    files: Files


class _NoParams(PipesParamsLoader):
    """All is known by the place of the papers."""

    def is_dagster_pipes_process(self) -> bool:
        return True

    def load_context_params(self) -> PipesParams:
        return {}

    def load_messages_params(self) -> PipesParams:
        return {}


class _Context(PipesContextLoader):
    def __init__(self, place: _Place) -> None:
        self._place = place

    @contextmanager
    def load_context(self, params: PipesParams) -> Iterator[PipesContextData]:
        yield json.loads(self._place.files.read(f"{self._place.papers}/context.json"))


class _Messages(PipesMessageWriter["_Channel"]):
    def __init__(self, place: _Place) -> None:
        self._place = place

    @contextmanager
    def open(self, params: PipesParams) -> Iterator["_Channel"]:
        channel = _Channel(self._place)
        writer = threading.Thread(target=channel.write_until_over, name="messages", daemon=True)
        writer.start()
        try:
            yield channel
        finally:
            channel.over.set()
            writer.join(_END_SECONDS)


class _Channel(PipesMessageWriterChannel):
    """Messages that wait to be written, at most once a second; that this fails, fails no job."""

    def __init__(self, place: _Place) -> None:
        self._place = place
        self._said: SimpleQueue[PipesMessage] = SimpleQueue()
        self._waiting: list[str] = []
        self._number = 1
        self.over = threading.Event()

    def write_message(self, message: PipesMessage) -> None:
        self._said.put(message)

    def write_until_over(self) -> None:
        while not self.over.wait(EVERY_SECONDS):
            self._write()
        for _ in range(_LAST_TRIES):
            if self._write():
                return
            time.sleep(EVERY_SECONDS)

    def _write(self) -> bool:
        """Whether nothing is left to be written."""
        try:
            while True:
                self._waiting.append(json.dumps(self._said.get_nowait()))
        except Empty:
            pass
        if not self._waiting:
            return True
        chunk = "".join(f"{line}\n" for line in self._waiting).encode()
        try:
            self._place.files.put(f"{self._place.papers}/messages/{self._number}.json", chunk)
        except Exception as error:  # noqa: BLE001  # messages are for eyes
            sys.stderr.write(f"Messages wait to be written ({type(error).__name__})\n")
            return False
        self._waiting.clear()
        self._number += 1
        return True
