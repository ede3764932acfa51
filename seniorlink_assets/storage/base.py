"""Keep small documents and large files under names: the interface that disk and S3 share."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

from seniorlink_assets.sentence import SentenceError

StillHeld = Callable[[], None]
"""StorageError if a lock was lost meanwhile."""

FEW = 32
"""So many folders or documents are asked for one by one, more of them together."""

Given = TypeVar("Given")
Found = TypeVar("Found")


class StorageError(SentenceError):
    """A storage that cannot be used as it is; the text is one sentence for a person.

    `transient` says whether the very same may succeed when it is tried again.
    """

    def __init__(self, sentence: str, *, transient: bool = False) -> None:
        super().__init__(sentence)
        self.transient = transient


@dataclass(frozen=True)
class Document:
    """The content of a name, and what `Storage.write` calls that."""

    content: bytes
    version: str


@dataclass(frozen=True)
class Listed:
    """One name of a listing. Another content has another `version`, "" if that is not sure yet.

    `modified` are the seconds since 1970 when it was written.
    """

    name: str
    bytes: int
    modified: float
    version: str


class Storage(ABC):
    """Contents by name. Names are parts with "/" between them; what ends in "/" is a folder.

    Whatever is written is there whole or not at all, and seen by everybody at once.
    """

    @property
    @abstractmethod
    def url(self) -> str:
        """What a Spark job calls the root: /path or s3://bucket/prefix."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Storage) and self.url == other.url

    def __hash__(self) -> int:
        return hash(self.url)

    def where(self, name: str) -> str:
        """What a person or a Spark job calls a name."""
        return f"{self.url}/{name}"

    @abstractmethod
    def read(self, name: str) -> Document | None:
        """None if there is no such name."""

    @abstractmethod
    def ending(self, name: str, bytes: int) -> tuple[bytes, int] | None:
        """The last bytes of a content, at most so many, and how many it has in all."""

    def tail(self, name: str, bytes: int) -> bytes | None:
        """The last bytes of a content, at most so many."""
        found = self.ending(name, bytes)
        return found[0] if found else None

    @abstractmethod
    def write(self, name: str, content: bytes, *, over: str | None, durable: bool = False) -> bool:
        """Writes over that version only, with None where nothing is yet; False if it was another.

        What is `durable` outlives a power cut.
        """

    @abstractmethod
    def put(self, name: str, content: bytes) -> None:
        """Writes whatever was there before."""

    @abstractmethod
    def remove(self, names: Iterable[str]) -> None:
        """Removes contents, and folders with all that is in them; what is not there is fine."""

    @abstractmethod
    def remove_empty(self, folders: Iterable[str]) -> None:
        """Removes the folders, and those in them, that are empty, where there is such a thing."""

    @abstractmethod
    def listed(self, beginning: str) -> Iterator[Listed]:
        """Everything whose name begins like this, in the order of names."""

    def listed_in(self, folder: str, names: Collection[str]) -> Iterator[Listed]:
        """Everything in these folders of a folder; in all of it, if they are more than FEW."""
        if len(names) > FEW:
            return self.listed(f"{folder}/")
        one_by_one = self.each(lambda name: [*self.listed(f"{folder}/{name}/")], names)
        return chain.from_iterable(one_by_one)

    @abstractmethod
    def folders(self, folder: str) -> list[str]:
        """The names of the folders directly in a folder, in order."""

    @abstractmethod
    def has_folder(self, folder: str) -> bool:
        """Whether there is such a folder, be it an empty one."""

    @abstractmethod
    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        """The bytes of those names that there are."""

    @abstractmethod
    def read_all(self, folder: str) -> Mapping[str, Document]:
        """The documents directly in a folder, by their names in it.

        Names that begin with a dot are left out, as are drafts.
        """

    def read_some(self, folder: str, names: Sequence[str]) -> Mapping[str, Document]:
        """Those of these documents in a folder that there are, by their names in it."""
        found = zip(
            names, self.each(lambda name: self.read(f"{folder}/{name}"), names), strict=True
        )
        return {name: document for name, document in found if document}

    def read_together(
        self, folder: str, there: Collection[Listed], names: Collection[str]
    ) -> Mapping[str, Document]:
        """Those of these contents that are had for fewer requests than with `read`.

        `there` are all in a folder, however deep, that are of the same kind.
        """
        return {}

    @abstractmethod
    def locked(self, name: str) -> AbstractContextManager[StillHeld]:
        """Has one holder at a time; whoever comes next waits.

        A holder that dies loses it; so does, on S3, one that is not heard of for long, which then
        must not write but over a version.
        """

    @abstractmethod
    def at_hand(self, names: Sequence[str]) -> AbstractContextManager[Path]:
        """A folder of this machine in which these files lie under their names, for a while."""

    def each(self, do: Callable[[Given], Found], items: Iterable[Given]) -> list[Found]:
        """Does it with every item, several at once where each costs a round trip; in order."""
        return [do(item) for item in items]
