"""Files where a job works: on this machine, or in a store that Spark's Hadoop knows."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

Result = TypeVar("Result")

HIDDEN = (".", "_")
"""How the names begin of files that Spark passes over: its own, and what is not complete."""


@dataclass(frozen=True)
class Listed:
    """A file that was found, and its size."""

    path: str
    bytes: int


@dataclass(frozen=True)
class Opened:
    """A file that is being read, and its size."""

    stream: BinaryIO
    bytes: int


class Files(ABC):
    """The files of one place, by absolute paths.

    FileNotFoundError if one is missing, another OSError if the place does not let one at it.
    """

    @abstractmethod
    def read(self, path: str) -> bytes: ...

    @abstractmethod
    def opened(self, path: str) -> AbstractContextManager[Opened]:
        """A file of which only the beginning may be needed."""

    @abstractmethod
    def create(self, path: str, content: bytes) -> None:
        """Writes a file, whole or not at all; FileExistsError if there is one already."""

    @abstractmethod
    def put(self, path: str, content: bytes) -> None:
        """Writes a file, whole or not at all, over the one that may be there."""

    @abstractmethod
    def matching(self, folder: str, pattern: str) -> list[Listed]:
        """The files below a folder that Spark reads, in order; in the pattern `*` is no `/`."""

    @abstractmethod
    def each(self, function: Callable[[str], Result], paths: Sequence[str]) -> list[Result]:
        """What a function returns for each path; several at once where that saves time."""


def files_at(place: str) -> Files:
    """The files of the place that a path or URL belongs to; for a URL, Spark's JVM is needed."""
    if is_url(place):
        from spark.hadoop_files import HadoopFiles

        return HadoopFiles(place)
    return LocalFiles()


def is_url(place: str) -> bool:
    """Whether a place is in a store, and not on this machine."""
    return "://" in place


class LocalFiles(Files):
    """The files of this machine."""

    def read(self, path: str) -> bytes:
        return Path(path).read_bytes()

    @contextmanager
    def opened(self, path: str) -> Iterator[Opened]:
        with Path(path).open("rb") as stream:
            yield Opened(stream, os.fstat(stream.fileno()).st_size)

    def create(self, path: str, content: bytes) -> None:
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.{os.getpid()}")
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, place)
        finally:
            draft.unlink()

    def put(self, path: str, content: bytes) -> None:
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}.{os.getpid()}")
        draft.write_bytes(content)
        draft.replace(place)

    def matching(self, folder: str, pattern: str) -> list[Listed]:
        return [
            Listed(str(path), path.stat().st_size)
            for path in sorted(Path(folder).glob(pattern))
            if not path.name.startswith(HIDDEN)
        ]

    def each(self, function: Callable[[str], Result], paths: Sequence[str]) -> list[Result]:
        return [function(path) for path in paths]
