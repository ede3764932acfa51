"""A folder of a disk that all who use it share."""

import fcntl
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from seniorlink_assets.storage.base import Document, Listed, StillHeld, Storage

_PAPERS = "jobs/"
"""What is below is for its owner only."""

_DRAFT = ".tmp"

_SETTLED_NS = 1_000_000_000
"""A file that is younger may change again within the same tick of the file system's clock."""


class DiskStorage(Storage):
    """Names are paths below `root`. An OSError is raised as it comes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def url(self) -> str:
        return str(self.root)

    def read(self, name: str) -> Document | None:
        try:
            content = (self.root / name).read_bytes()
        except FileNotFoundError:
            return None
        return Document(content, _version(content))

    def ending(self, name: str, bytes: int) -> tuple[bytes, int] | None:
        try:
            with (self.root / name).open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                stream.seek(max(size - bytes, 0))
                return stream.read(bytes), size
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes, *, over: str | None, durable: bool = False) -> bool:
        path = self._with_folder(name)
        with _locked_folder(path.parent):
            found = self.read(name)
            if (found and found.version) != over:
                return False
            _write(path.with_suffix(_DRAFT), path, content, durable)
        return True

    def put(self, name: str, content: bytes) -> None:
        path = self._with_folder(name)
        draft = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(2)}{_DRAFT}")
        _write(draft, path, content, durable=False)

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            path = self.root / name
            if not name.endswith("/"):
                path.unlink(missing_ok=True)
            elif path.exists():
                shutil.rmtree(path)

    def remove_empty(self, folders: Iterable[str]) -> None:
        for folder in {*folders}:
            for path, _, _ in os.walk(self.root / folder, topdown=False):
                with suppress(OSError):
                    os.rmdir(path)  # noqa: PTH106

    def listed(self, beginning: str) -> Iterator[Listed]:
        folder, _, start = beginning.rpartition("/")
        yield from self._listed(f"{folder}/" if folder else "", start)

    def folders(self, folder: str) -> list[str]:
        try:
            with os.scandir(self.root / folder) as found:
                return sorted(entry.name for entry in found if entry.is_dir())
        except FileNotFoundError:
            return []

    def has_folder(self, folder: str) -> bool:
        return (self.root / folder).is_dir()

    def sizes(self, names: Iterable[str]) -> Mapping[str, int]:
        found = {}
        for name in names:
            with suppress(FileNotFoundError, NotADirectoryError):
                status = (self.root / name).stat()
                if stat.S_ISREG(status.st_mode):
                    found[name] = status.st_size
        return found

    def read_all(self, folder: str) -> Mapping[str, Document]:
        try:
            names = sorted(os.listdir(self.root / folder))  # noqa: PTH208
        except FileNotFoundError:
            return {}
        found = {}
        for name in names:
            if name[0] != "." and not name.endswith(_DRAFT):
                with suppress(IsADirectoryError):
                    document = self.read(f"{folder}/{name}")
                    if document is not None:
                        found[name] = document
        return found

    @contextmanager
    def locked(self, name: str) -> Iterator[StillHeld]:
        with self._with_folder(name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lambda: None  # nobody loses it who lives

    @contextmanager
    def at_hand(self, names: Sequence[str]) -> Iterator[Path]:
        yield self.root

    def _with_folder(self, name: str) -> Path:
        path = self.root / name
        mode = 0o700 if name.startswith(_PAPERS) else 0o777
        path.parent.mkdir(mode=mode, parents=True, exist_ok=True)
        return path

    def _listed(self, folder: str, start: str) -> Iterator[Listed]:
        try:
            with os.scandir(self.root / folder) as found:
                entries = {
                    entry.name + "/" * entry.is_dir(follow_symlinks=False): entry
                    for entry in found
                    if entry.name.startswith(start)
                }
        except (FileNotFoundError, NotADirectoryError):
            return
        for name, entry in sorted(entries.items()):
            if name.endswith("/"):
                yield from self._listed(f"{folder}{name}", "")
            elif not entry.is_dir():
                with suppress(FileNotFoundError):
                    yield _as_listed(f"{folder}{name}", entry)


def _as_listed(name: str, entry: os.DirEntry[str]) -> Listed:
    try:
        status = entry.stat()
    except FileNotFoundError:
        status = entry.stat(follow_symlinks=False)
    times = status.st_mtime_ns, status.st_ctime_ns
    is_settled = max(times) < time.time_ns() - _SETTLED_NS
    version = f"{status.st_size}-{times[0]}-{times[1]}" if is_settled else ""
    return Listed(name, status.st_size, status.st_mtime, version)


def _version(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


@contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _write(draft: Path, path: Path, content: bytes, durable: bool) -> None:
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
