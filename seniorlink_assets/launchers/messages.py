"""What a job says while it runs, read from the file that it writes to."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster_pipes import PipesDefaultMessageWriter, PipesParams

_SECONDS = 0.02


class JobMessages(dg.PipesMessageReader):
    """Reads all that a job has said and says, whoever started it.

    Dagster's own reader empties the file first.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def read_messages(self, handler: dg.PipesMessageHandler) -> Iterator[PipesParams]:
        self._path.touch()
        over = threading.Event()
        reader = threading.Thread(
            target=self._read, args=(handler, over), name="job messages", daemon=True
        )
        reader.start()
        try:
            yield {PipesDefaultMessageWriter.FILE_PATH_KEY: str(self._path)}
        finally:
            over.set()
            reader.join()

    def _read(self, handler: dg.PipesMessageHandler, over: threading.Event) -> None:
        unfinished, is_last = "", False
        with self._path.open(encoding="utf-8", errors="replace") as said:
            while not is_last:
                is_last = over.wait(_SECONDS)
                *lines, unfinished = (unfinished + said.read()).split("\n")
                for line in lines:
                    try:
                        handler.handle_message(json.loads(line))
                    except Exception:  # noqa: BLE001  # the manifest is the truth
                        handler.report_pipes_framework_exception(str(self._path), sys.exc_info())

    def no_messages_debug_text(self) -> str:
        return f"A job says what it does in {self._path}."
